'use strict';

// Builds the page: one file, dist/page.html, with its style and its script inside. `%DATA%` and
// `%NONCE%` stay for js/report/html-page.js to fill in.

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');

const ROOT = path.join(__dirname, '..');
const PAGE = path.join(ROOT, 'page');
const DIST = path.join(ROOT, 'dist');

const hashOf = (text) =>
  `'sha256-${crypto.createHash('sha256').update(text).digest('base64')}'`;

function script() {
  const built = esbuild.buildSync({
    entryPoints: [path.join(PAGE, 'main.js')],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    write: false,
  });
  // The text can neither end its element nor begin a comment in it.
  return built.outputFiles[0].text
    .trim()
    .replaceAll('</script', '<\\/script')
    .replaceAll('<!--', '<\\!--');
}

function style() {
  const css = fs.readFileSync(path.join(PAGE, 'style.css'), 'utf8');
  const options = { loader: 'css', minify: true };
  return esbuild.transformSync(css, options).code.trim();
}

function build() {
  const parts = { '%STYLE%': style(), '%SCRIPT%': script() };
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(parts['%SCRIPT%'])}`,
    `style-src ${hashOf(parts['%STYLE%'])}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  parts['%POLICY%'] = policy;
  const template = fs.readFileSync(path.join(PAGE, 'page.html'), 'utf8');
  // Blanks around a part belong to the template: a hash covers the whole content of an element.
  const html = template.replace(
    /\s*%(STYLE|SCRIPT|POLICY|DATA)%\s*/g,
    (_, name) => parts[`%${name}%`] ?? `%${name}%`,
  );
  fs.mkdirSync(DIST, { recursive: true });
  fs.writeFileSync(path.join(DIST, 'page.html'), html);
  return html.length;
}

module.exports = { build };

if (require.main === module)
  console.log(`dist/page.html: ${Math.round(build() / 1000)} kB`);
