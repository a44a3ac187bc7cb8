// Builds the page's script and style into the Python package: node build.mjs [folder]
import { build } from "esbuild";

const folder = process.argv[2] ?? "../src/backproof/page";
await build({
  entryPoints: { page: "src/main.tsx" },
  outdir: folder,
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  format: "iife",
  target: ["chrome111", "firefox113", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
});
