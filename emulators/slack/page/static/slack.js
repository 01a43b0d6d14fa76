"use strict";
// Without this script the page works by plain forms and links. With it, it is live: what changed on the server is
// worked into what is there, node by node, so that typed words, the caret, the place one has scrolled to, an open
// menu and a half-made click all stay. A field is the same field as long as its block_id and action_id are.
let version = Number(document.body.dataset.version);
const MARKS = ["id", "name", "type", "data-key", "data-ts", "data-block", "data-action"];     // tell nodes apart
const OURS = ["open", "data-busy", "data-sure"];        // set here, and unknown to the server

function isSame(a, b) {
  return a.nodeName === b.nodeName && (a.nodeType !== Node.ELEMENT_NODE ||
    MARKS.every((name) => a.getAttribute(name) === b.getAttribute(name)));
}

function isMarked(node) {
  return node.nodeType === Node.ELEMENT_NODE && MARKS.some((name) => node.hasAttribute(name));
}

function work(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.nodeName === "DIALOG" || old.isEqualNode(fresh)) return;
  for (const { name } of [...old.attributes]) {
    if (!OURS.includes(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  workChildren(old, fresh);
}

// What is gone is taken out rather than what stays moved about: a node that is moved loses the caret.
function workChildren(old, fresh) {
  const wanted = [...fresh.childNodes].filter(isMarked);
  const isGone = (node) => !isMarked(node) || !wanted.some((one) => isSame(node, one));
  let at = old.firstChild;
  for (const next of fresh.childNodes) {
    let found = at;
    if (isMarked(next)) while (found && !isSame(found, next)) found = found.nextSibling;
    if (!found || !isSame(found, next)) {
      old.insertBefore(document.importNode(next, true), at);
      continue;
    }
    while (at !== found && isGone(at)) at = dropped(at);
    if (at !== found) old.insertBefore(found, at);
    work(found, next);
    at = found.nextSibling;
  }
  while (at) at = dropped(at);
}

function dropped(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function isAtEnd(part) {
  return part.scrollHeight - part.scrollTop - part.clientHeight < 60;
}

function draw(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  if (Number(fresh.body.dataset.version) < version) return;
  version = Number(fresh.body.dataset.version);
  const modal = document.getElementById("modal")?.dataset.key;
  const followed = [...document.querySelectorAll("#messages, #thread")].filter(isAtEnd);
  work(document.body, fresh.body);
  document.title = fresh.title;
  for (const part of followed) toEnd(part);
  const opened = document.getElementById("modal");
  if (opened && opened.dataset.key !== modal) begin(opened);
  if (modal && !opened) document.querySelector("#say input")?.focus();
}

function toEnd(part) {
  if (!part.classList.contains("home")) part.scrollTop = part.scrollHeight;
}

function begin(modal) {
  const first = modal.querySelector(".scroll :is(input[type=text], textarea)");
  (modal.querySelector("[autofocus]") ?? first ?? modal.querySelector("footer button")).focus({ preventScroll: true });
}

async function follow() {
  for (;;) {
    try {
      const newest = (await (await fetch("/changes/" + version)).json()).version;
      if (newest < version) version = 0;        // another emulator has taken its place
      if (newest !== version) draw(await (await fetch(location.href)).text());
    } catch {
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

async function send(form, button) {
  const held = new FormData(form, button);
  if (button) button.dataset.busy = "";
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: held });
    if (!answer.ok) return location.reload();
    const address = new URL(answer.url);
    history.replaceState(null, "", address);
    if (form.classList.contains("composer") && !address.searchParams.has("error")) form.reset();
    draw(await answer.text());
    form.querySelector(".mistake")?.scrollIntoView({ block: "center" });
  } finally {
    if (button) delete button.dataset.busy;
  }
}

function isAgreed(button) {
  return new Promise((done) => {
    const dialog = document.getElementById("confirm"), [no, yes] = dialog.querySelectorAll("button");
    const drawn = new DOMParser().parseFromString(button.dataset.confirmText, "text/html");
    dialog.querySelector("h3").textContent = button.dataset.confirm;
    dialog.querySelector("div").replaceChildren(...drawn.body.childNodes);
    no.textContent = button.dataset.confirmNo;
    yes.textContent = button.dataset.confirmYes;
    yes.className = "btn " + button.dataset.confirmStyle;
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
    dialog.returnValue = "no";
    dialog.showModal();
  });
}

document.addEventListener("click", async (event) => {
  for (const menu of document.querySelectorAll("details[open]")) if (!menu.contains(event.target)) menu.open = false;
  const button = event.target.closest("button");
  if (!button || button.closest("dialog")) return;
  if (button.dataset.confirm && !button.dataset.sure) {
    event.preventDefault();
    if (!await isAgreed(button)) return;
    button.dataset.sure = "1";
    button.click();
    delete button.dataset.sure;
  } else if (button.dataset.url) {
    window.open(button.dataset.url, "_blank", "noopener,noreferrer");
  }
  button.closest("details")?.removeAttribute("open");
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".view, .el, .composer")) return;
  event.preventDefault();
  if (!form.querySelector("[data-busy]")) send(form, event.submitter);
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.id === "who") location.href = "/client/" + field.value + "/migrations";
  if (field.dataset.auto === undefined) return;
  const form = field.closest("form");
  if (!form.classList.contains("view")) return form.requestSubmit();
  const press = document.createElement("button");
  Object.assign(press, { name: "do", value: field.dataset.auto, formNoValidate: true, hidden: true });
  form.append(press);
  form.requestSubmit(press);
  press.remove();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  const menu = document.querySelector("details[open]");
  if (menu) menu.open = false; else document.querySelector("#modal footer button")?.click();
});

document.querySelectorAll("#messages, #thread").forEach(toEnd);
if (document.getElementById("modal")) begin(document.getElementById("modal"));
follow();
