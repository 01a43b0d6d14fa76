"use strict";
// Without this script the page works by plain forms; with it, it is live: it redraws what changed and keeps
// what is being typed, field by field, as long as block_id and action_id stay the same.
const parts = ["sidebar", "messages", "thread", "overlay"];
let version = Number(document.body.dataset.version);
let sending = false;

function bottom() {
  for (const id of ["messages", "thread"]) {
    const part = document.getElementById(id);
    if (part && !part.classList.contains("home")) part.scrollTop = part.scrollHeight;
  }
}

function typed(root) {
  const held = new Map();
  for (const field of root.querySelectorAll(".view [name]")) {
    if (field.type === "hidden" || field.type === "file" || field.tagName === "BUTTON") continue;
    if (field.type === "checkbox" || field.type === "radio") held.set(field.name + "\n" + field.value, field.checked);
    else held.set(field.name, field.value);
  }
  return held;
}

function retype(root, held) {
  for (const field of root.querySelectorAll(".view [name]")) {
    const box = field.type === "checkbox" || field.type === "radio";
    const key = box ? field.name + "\n" + field.value : field.name;
    if (!held.has(key) || field.type === "hidden" || field.type === "file") continue;
    if (box) field.checked = held.get(key); else field.value = held.get(key);
  }
}

async function redraw() {
  const answer = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (sending) return;
  for (const id of parts) {
    const old = document.getElementById(id), now = fresh.getElementById(id);
    if (!old || !now || old.innerHTML === now.innerHTML) continue;
    const view = old.querySelector(".view"), next = now.querySelector(".view");
    if (view && next && view.dataset.hash === next.dataset.hash && view.innerHTML === next.innerHTML) continue;
    const focus = old.contains(document.activeElement) ? document.activeElement.name : null;
    const held = typed(old);
    old.replaceChildren(...now.childNodes);
    retype(old, held);
    if (focus) [...old.querySelectorAll("[name]")].find((one) => one.name === focus)?.focus();
  }
  version = Number(fresh.body.dataset.version);
  bottom();
}

async function follow() {
  for (;;) {
    try {
      const newest = (await (await fetch("/changes/" + version)).json()).version;
      if (newest !== version) await redraw();
    } catch {
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

function asked(button) {
  return new Promise((done) => {
    const dialog = document.getElementById("confirm"), [no, yes] = dialog.querySelectorAll("button");
    dialog.querySelector("h3").textContent = button.dataset.confirm;
    dialog.querySelector("p").textContent = button.dataset.confirmText;
    no.textContent = button.dataset.confirmNo;
    yes.textContent = button.dataset.confirmYes;
    yes.className = "btn " + button.dataset.confirmStyle;
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
    dialog.returnValue = "no";
    dialog.showModal();
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button || button.closest("dialog")) return;
  if (button.dataset.confirm && !button.dataset.sure) {
    event.preventDefault();
    if (await asked(button)) { button.dataset.sure = "1"; button.click(); delete button.dataset.sure; }
  } else if (button.dataset.url) {
    window.open(button.dataset.url, "_blank", "noopener,noreferrer");
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.method === "dialog") return;
  sending = true;
  event.submitter?.classList.add("busy");
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.id === "who") { location.href = "/client/" + field.value + "/migrations"; return; }
  if (field.dataset.auto === undefined) return;
  const form = field.closest("form");
  if (form.classList.contains("view")) {
    const press = document.createElement("button");
    press.name = "do"; press.value = field.dataset.auto; press.formNoValidate = true; press.hidden = true;
    form.append(press);
    form.requestSubmit(press);
  } else form.requestSubmit();
});

bottom();
follow();
