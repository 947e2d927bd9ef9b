// Files on their way up: large pictures are made smaller first, and a bar tells how far it is.
import { make, toast } from "./float.js";
import { token } from "./net.js";
import { t } from "./words.js";

const LONGEST = 2560; // pixels of the longer side: a page of print stays readable
const SMALL = 1024 * 1024; // bytes that are sent as they are
const QUALITY = 0.85;

/** A picture no larger than needed, upright, without the place it was taken at; anything else as it is. */
export async function smaller(file) {
  if (!["image/jpeg", "image/png", "image/webp"].includes(file.type)) return file;
  let picture;
  try { picture = await createImageBitmap(file, { imageOrientation: "from-image" }); } catch { return file; }
  const factor = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  if (factor === 1 && file.size <= SMALL) return file;
  const canvas = make("canvas");
  [canvas.width, canvas.height] = [Math.round(picture.width * factor), Math.round(picture.height * factor)];
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const made = await new Promise((done) => { canvas.toBlob(done, file.type, QUALITY); });
  return made && made.type === file.type && made.size < file.size ? new File([made], file.name, { type: made.type, lastModified: file.lastModified }) : file;
}

/** What a camera took has one name for all on some phones; the moment tells photos apart. */
export function named(file) {
  const two = (n) => String(n).padStart(2, "0"), at = new Date();
  const when = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}.${two(at.getMinutes())}.${two(at.getSeconds())}`;
  return new File([file], `${t("Photo")} ${when}.${file.type === "image/png" ? "png" : "jpg"}`, { type: file.type });
}

/** Send files to an address; resolves to whether they arrived. XMLHttpRequest, since fetch does not tell how much has gone up. */
export async function send(url, files, place) {
  const bar = make("progress", { max: "1", value: "0", "aria-label": t("Sending") }), far = make("output", { className: "sm num", text: "0 %" });
  const stop = make("button", { type: "button", className: "btn btn-s", text: t("Stop") }), shown = make("span", { className: "sending" }, bar, far, stop);
  place.querySelector(".sending")?.remove();
  place.append(shown);
  const body = new FormData(), request = new XMLHttpRequest();
  let stopped = false;
  stop.addEventListener("click", () => { stopped = true; request.abort(); shown.remove(); });
  for (const file of files) body.append("file", await smaller(file));
  if (stopped) return false;
  return new Promise((done) => {
    request.upload.addEventListener("progress", (event) => {
      bar.value = event.total ? event.loaded / event.total : 0;
      far.textContent = `${Math.round(bar.value * 100)} %`;
    });
    request.addEventListener("loadend", () => {
      shown.remove();
      if (request.status === 201) return done(true);
      if (stopped) return done(false);
      let words = t("Offline. Try again when back online.");
      try { words = JSON.parse(request.responseText).message || words; } catch { /* no answer at all */ }
      toast(words, { kind: "danger" });
      return done(false);
    });
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", token());
    request.send(body);
  });
}
