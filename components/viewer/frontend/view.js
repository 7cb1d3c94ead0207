// crystal-toolkit's own React viewer inside a Streamlit component.
"use strict";

const RENDER_AGAIN_MS = 60; // the canvas stays blank until it is drawn twice
const plate = document.getElementById("plate");
const root = ReactDOM.createRoot(plate);
let args = null;
let back = "#ffffff";
let shownKey = "";
let camera; // set to turn the picture back
let imageRequest;
let pickedSite = null;

function tell(type, fields) {
  window.parent.postMessage({ isStreamlitMessage: true, type: `streamlit:${type}`, ...fields }, "*");
}

function report(value) {
  tell("setComponentValue", { value: { key: args.scene_key, ...value }, dataType: "json" });
}

function hasWebGL() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") || canvas.getContext("webgl"));
}

// Parts of the scene are switched by name. An empty object would hide everything.
function visibility() {
  return Object.fromEntries(Object.entries(args.show).map(([name, on]) => [name, on ? 1 : 0]));
}

function setProps(props) {
  if (props.selectedObject) picked(props.selectedObject);
  if (props.imageData) save(props.imageData);
}

function picked(objects) {
  const meta = objects.length ? objects[0]._meta : null;
  const site = meta && Number.isInteger(meta.site) ? meta.site : null;
  document.getElementById("picked").textContent = site === null ? "" : objects[0].tooltip;
  if (site !== pickedSite) report({ site });
  pickedSite = site;
}

function save(data) {
  const link = document.createElement("a");
  link.href = data;
  link.download = `${args.name.replace(/[^A-Za-z0-9.]+/g, "_") || "crystal"}.png`;
  link.click();
  imageRequest = undefined;
}

function draw() {
  root.render(
    React.createElement(dash_mp_components.CrystalToolkitScene, {
      key: `${args.scene_key}${back}`, // another scene or theme: a fresh viewer
      data: args.scene,
      settings: {
        background: back,
        transparentBackground: false,
        extractAxis: true,
        staticScene: true,
        antialias: true,
        defaultZoom: 0.9,
        secondaryObjectView: false,
        isMultiSelectionEnabled: false,
      },
      toggleVisibility: visibility(),
      sceneSize: "100%",
      axisView: args.show.axes ? "SW" : "HIDDEN",
      inletSize: 90,
      inletPadding: 6,
      showControls: false,
      showExpandButton: false,
      showExportButton: false,
      showImageButton: false,
      showPositionButton: false,
      imageType: "png",
      imageRequest,
      customCameraState: camera,
      setProps,
    }),
  );
}

function drawTwice() {
  draw();
  setTimeout(draw, RENDER_AGAIN_MS);
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
  if (!theme) return;
  const style = document.documentElement.style;
  back = theme.backgroundColor || back;
  style.setProperty("--back", back);
  style.setProperty("--text", theme.textColor);
  style.setProperty("--accent", theme.primaryColor);
  style.setProperty("--font", theme.font || "sans-serif");
  style.setProperty("--line", theme.base === "dark" ? "#333b3b" : "#d9dddd");
}

window.addEventListener("message", (event) => {
  if (!event.data || event.data.type !== "streamlit:render") return;
  args = event.data.args;
  dress(event.data.theme);
  tell("setFrameHeight", { height: args.height });
  words();
  if (args.scene_key !== shownKey) {
    pickedSite = null;
    document.getElementById("picked").textContent = "";
  }
  shownKey = args.scene_key;
  drawTwice();
});

document.getElementById("save").addEventListener("click", () => {
  imageRequest = { filetype: "png" };
  draw();
});

tell("componentReady", { apiVersion: 1 });
