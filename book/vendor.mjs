// Copies the front-end files that pages load from node_modules into book/vendor, which Git ignores.
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";

const from = new URL("../node_modules/mathjax/es5/", import.meta.url);
const to = new URL("vendor/mathjax/", import.meta.url);

if (!existsSync(from)) {
  console.error("MathJax is missing from node_modules: run `npm ci`");
  process.exit(1);
}
rmSync(new URL("vendor/", import.meta.url), { recursive: true, force: true });
mkdirSync(to, { recursive: true });
for (const part of ["tex-chtml.js", "input/tex/extensions/html.js", "output/chtml/fonts/woff-v2"]) {
  cpSync(new URL(part, from), new URL(part, to), { recursive: true });
}
