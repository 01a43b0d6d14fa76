// npm's @emulators/google on the loopback until the standard input ends: an emulator that shares no code with ours.
// GOOGLE_SEED is what it begins with. Prints where it is.
"use strict";
const http = require("node:http");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const modules = process.env.NODE_PATH;
const load = (name) => import(pathToFileURL(path.join(modules, "@emulators", name, "dist", "index.js")));

async function answered(app, url, incoming) {
  const pieces = [];
  for await (const piece of incoming) pieces.push(piece);
  const body = pieces.length ? Buffer.concat(pieces) : undefined;
  return app.fetch(new Request(new URL(incoming.url, url), { method: incoming.method, headers: incoming.headers, body }));
}

async function main() {
  const [core, google] = await Promise.all([load("core"), load("google")]);
  const server = http.createServer();
  server.listen(0, "127.0.0.1", () => {
    const url = `http://127.0.0.1:${server.address().port}`;
    const { app, store } = core.createServer(google.googlePlugin, { baseUrl: url });
    google.googlePlugin.seed?.(store, url);
    google.seedFromConfig(store, url, JSON.parse(process.env.GOOGLE_SEED));
    server.on("request", async (incoming, outgoing) => {
      const answer = await answered(app, url, incoming);
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
      outgoing.end(Buffer.from(await answer.arrayBuffer()));
    });
    console.log(url);
  });
  process.stdin.on("end", () => process.exit(0)).resume();
}

main();
