// crystal-toolkit's own React viewer inside a Streamlit component. Messages go to and come from the
// page that holds this frame, nowhere else.
"use strict";

const RENDER_AGAIN_MS = 60; // the canvas stays blank until it is drawn twice
const FILLED = 0.92; // share of the plate the crystal takes
const DRAG_PIXELS = 4; // a pointer that moved further turned the crystal and picks nothing
const PICTURE_PIXELS = 1600; // width of a saved picture: a journal column at 300 dpi and more
const TURN_PIXELS = 24; // what an arrow key turns, as a drag

// The viewer draws once more after it has been taken down (a page change in the middle of a
// picture): it then finds its canvas gone. Nothing is lost, so nothing is reported.
window.addEventListener("error", (event) => {
  if (/reading 'domElement'/.test(event.message)) { event.preventDefault(); }
});

const plate = document.getElementById("plate");
const square = document.getElementById("square");
let root = null;
let args = null;
let back = "#ffffff";
let shownKey = "";
let mounts = 0; // a new number builds the viewer anew
let again = 0;
let camera; // a new object turns the picture
let side = 0; // of the square, pixels
let enlarged = 1; // while a picture is taken, drawn larger and shown as before
let padding = 0; // what the plate cuts off the square, pixels
let imageRequest;
let pickedSite = null;

function tell(type, fields) {
  window.parent.postMessage({ isStreamlitMessage: true, type: `streamlit:${type}`, ...fields }, "*");
}

function report(value) {
  tell("setComponentValue", { value, dataType: "json" });
}

function hasWebGL() {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("webgl2") || canvas.getContext("webgl");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(context);
}

function setProps(props) {
  if (props.selectedObject) picked(props.selectedObject);
  if (props.imageData) save(props.imageData);
}

function picked(objects) {
  const site = objects.length ? objects[0]._meta.site : null;
  document.getElementById("picked").textContent = site === null ? "" : objects[0].tooltip;
  if (site !== pickedSite) report({ key: args.scene_key, site });
  pickedSite = site;
}

function save(data) {
  const link = document.createElement("a");
  link.href = data;
  link.download = `${args.name.replace(/[^A-Za-z0-9.]+/g, "_") || "crystal"}.png`;
  link.click();
  enlarged = 1;
  imageRequest = undefined;
  draw();
}

// The viewer's camera sees 4 diagonals across its square at zoom 1. The square is as high as the
// plate, or wider where the crystal is; what it has beyond the plate is cut off.
function frame() {
  const { clientWidth: width, clientHeight: height } = plate;
  const { half, diagonal } = args.seen;
  const pixels = (FILLED / 2) * Math.min(width / half[0], height / half[1]); // an angstrom
  side = Math.round(Math.max(height, (2 * half[0] * pixels) / FILLED));
  padding = Math.max(0, (side - height) / 2, (side - width) / 2);
  camera = {
    position: { x: 0, y: 0, z: diagonal },
    quaternion: { x: 0, y: 0, z: 0, w: 1 },
    zoom: (pixels * 4 * diagonal) / side,
  };
}

function render() {
  const drawn = side * enlarged;
  square.style.width = square.style.height = `${drawn}px`;
  square.style.transform = `translate(-50%, -50%) scale(${1 / enlarged})`;
  root ??= ReactDOM.createRoot(square);
  root.render(
    React.createElement(dash_mp_components.CrystalToolkitScene, {
      key: mounts,
      data: args.scene,
      settings: {
        background: back,
        transparentBackground: false,
        extractAxis: true,
        defaultZoom: 1,
        secondaryObjectView: false,
        material: { type: "MeshStandardMaterial", parameters: { roughness: 0.45, metalness: 0 } },
      },
      // An empty object would hide everything.
      toggleVisibility: Object.fromEntries(
        Object.entries(args.show).map(([name, on]) => [name, on ? 1 : 0]),
      ),
      sceneSize: drawn,
      axisView: args.show.axes ? "SW" : "HIDDEN",
      inletSize: 80 * enlarged,
      inletPadding: (4 + padding) * enlarged,
      showControls: false,
      imageType: "png",
      imageRequest,
      customCameraState: camera,
      setProps,
    }),
  );
}

function draw() {
  render();
  clearTimeout(again);
  again = setTimeout(() => {
    render();
    document.body.dataset.drawn = shownKey;
  }, RENDER_AGAIN_MS);
}

function words() {
  plate.setAttribute("aria-label", args.text);
  const items = args.legend.map(([name, color]) => {
    const item = document.createElement("li");
    const spot = document.createElement("i");
    spot.style.background = color;
    item.append(spot, name); // text, never markup
    return item;
  });
  document.getElementById("legend").replaceChildren(...items);
}

function dress(theme) {
  if (!theme) return false;
  const style = document.documentElement.style;
  const changed = back !== theme.backgroundColor;
  back = theme.backgroundColor;
  style.colorScheme = theme.base === "dark" ? "dark" : "light";
  style.setProperty("--back", back);
  style.setProperty("--text", theme.textColor);
  style.setProperty("--accent", theme.primaryColor);
  style.setProperty("--font", theme.font || "sans-serif");
  style.setProperty("--line", theme.base === "dark" ? "#333b3b" : "#d9dddd");
  return changed;
}

function onRender(event) {
  if (event.source !== window.parent || event.data?.type !== "streamlit:render") return;
  args = event.data.args;
  const restyled = dress(event.data.theme);
  tell("setFrameHeight", { height: args.height });
  document.body.style.height = `${args.height}px`;
  words();
  if (args.scene_key !== shownKey) {
    pickedSite = null;
    document.getElementById("picked").textContent = "";
    frame();
  }
  if (args.scene_key !== shownKey || restyled) mounts += 1;
  shownKey = args.scene_key;
  draw();
}

// A drag ends in a click too; the viewer would take it for a choice.
let pressed = null;
plate.addEventListener("pointerdown", (event) => { pressed = [event.clientX, event.clientY]; }, true);
plate.addEventListener("click", (event) => {
  const moved = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]);
  if (moved > DRAG_PIXELS) event.stopImmediatePropagation();
}, true);

// The viewer knows no keys: they are played to it as a short drag, or a turn of the wheel.
const TURNS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ZOOMS = { "+": -120, "=": -120, "-": 120 };

plate.addEventListener("keydown", (event) => {
  const canvas = plate.querySelector("canvas");
  const turn = TURNS[event.key];
  const zoom = ZOOMS[event.key];
  if (!canvas || !(turn || zoom) || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (zoom) {
    canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: zoom, bubbles: true, cancelable: true }));
    return;
  }
  const box = canvas.getBoundingClientRect();
  const from = [box.left + box.width / 2, box.top + box.height / 2];
  playDrag(canvas, from, [from[0] + turn[0] * TURN_PIXELS, from[1] + turn[1] * TURN_PIXELS]);
});

function playDrag(canvas, from, to) {
  const play = (type, [x, y]) => canvas.dispatchEvent(new PointerEvent(type, {
    clientX: x, clientY: y, bubbles: true, button: 0, pointerId: 1, pointerType: "mouse",
  }));
  // A played pointer can't be captured; the browser would raise.
  canvas.setPointerCapture = canvas.releasePointerCapture = () => {};
  play("pointerdown", from);
  play("pointermove", to);
  play("pointerup", to);
  delete canvas.setPointerCapture;
  delete canvas.releasePointerCapture;
}

document.getElementById("reset").addEventListener("click", () => {
  frame();
  mounts += 1; // the camera forgets which way is up only in a new viewer
  draw();
});

document.getElementById("save").addEventListener("click", () => {
  enlarged = Math.max(1, PICTURE_PIXELS / side);
  draw();
  setTimeout(() => {
    imageRequest = { filetype: "png" };
    render();
  }, 4 * RENDER_AGAIN_MS);
});

let wide = 0;
window.addEventListener("resize", () => {
  if (!args || plate.clientWidth === wide) return;
  wide = plate.clientWidth;
  frame();
  draw();
});

if (hasWebGL() && window.dash_mp_components) {
  window.addEventListener("message", onRender);
} else {
  // The page draws the scene another way. It listens only after its first message to this frame.
  window.addEventListener("message", (event) => {
    if (event.data?.type !== "streamlit:render") return;
    tell("setFrameHeight", { height: 0 });
    report({ webgl: false });
  }, { once: true });
}
tell("componentReady", { apiVersion: 1 });
