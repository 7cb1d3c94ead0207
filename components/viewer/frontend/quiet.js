// The viewer's library reports settings that the viewer itself makes and nobody else can change, once
// for every atom and bond. Everything else is told.
"use strict";

const warn = console.warn.bind(console);
console.warn = (...told) => {
  if (!/^THREE\.MeshStandardMaterial: .*morph/.test(String(told[0]))) { warn(...told); }
};
