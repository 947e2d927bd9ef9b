// Requests with the page's token, and scripts that load only when needed.
import { t } from "./words.js";

/** The CSRF token of this page. */
export const token = () => document.querySelector('meta[name="csrf-token"]')?.content
  ?? document.querySelector('input[name="csrf_token"]')?.value ?? "";

/** JSON from `url`. A refusal is thrown as an Error with the server's words. */
export async function ask(url, { form, ...options } = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  if (form) {
    options.method = "POST";
    options.body = new URLSearchParams(form);
    headers["X-CSRFToken"] = token();
  }
  let answer;
  try {
    answer = await fetch(url, { credentials: "same-origin", ...options, headers });
  } catch {
    throw new Error(t("Offline. Try again when back online."));
  }
  const data = await answer.json().catch(() => null);
  if (!answer.ok || data === null) throw new Error(data?.message || t("Not possible now. Try again."));
  return data;
}

const loading = new Map();

/** Run a vendored script once; `path` is relative to the static folder. */
export function script(path, chosen) {
  const src = chosen || new URL(path, import.meta.url).href;
  if (!loading.has(src)) {
    loading.set(src, new Promise((done, failed) => {
      const tag = document.createElement("script");
      tag.src = src;
      tag.onload = done;
      tag.onerror = () => failed(new Error(src));
      document.head.append(tag);
    }));
  }
  return loading.get(src);
}

/** Load a stylesheet once. */
export function style(path) {
  const href = new URL(path, import.meta.url).href;
  if (document.querySelector(`link[href^="${new URL(href).pathname}"]`)) return;
  const tag = document.createElement("link");
  tag.rel = "stylesheet";
  tag.href = href;
  document.head.append(tag);
}
