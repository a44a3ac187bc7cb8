// Builds the page's script and style into the Python package: node build.mjs [folder]
import { build } from "esbuild";

const target = ["chrome111", "firefox113", "safari16.4"];
const folder = process.argv[2] ?? "../src/backproof/page";
await build({
  entryPoints: { page: "src/main.tsx" },
  outdir: folder,
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  format: "iife",
  target,
  jsx: "automatic",
  jsxImportSource: "preact",
});
await build({
  entryPoints: { widget: "src/widget.ts" },
  outdir: folder,
  bundle: true,
  minify: true,
  legalComments: "none",
  format: "esm",
  target,
});
