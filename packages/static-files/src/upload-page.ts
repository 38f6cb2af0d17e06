/** A page with a script of `@ckan-uplink/widget`, which writes all texts in the language of the reader. */
export function pageWith(script: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Upload files</title>
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/upload-page.css">
<script type="module" src="/widget.js"></script>
<script type="module" src="/${script}"></script>
</head>
<body>
<main><noscript>This page needs JavaScript.</noscript></main>
</body>
</html>
`
}

export const UPLOAD_PAGE_STYLE = `:root {
  --accent: #1d5f77;
  --on-accent: #fff;
  --text: #1f2328;
  --quiet: #57606a;
  --line: #8c959f;
  --ground: #fff;
  --bad: #b42318;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --accent: #7cc4dd;
    --on-accent: #0d1117;
    --text: #e6edf3;
    --quiet: #a3adb8;
    --line: #6e7681;
    --ground: #0d1117;
    --bad: #ff9b90;
  }
}
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
h1 { margin: 0 0 1rem; font-size: 1.6rem }
h1:focus { outline: none }
dl { display: grid; grid-template-columns: auto 1fr; gap: .2rem 1rem; margin: 0 0 1rem }
dt { color: var(--quiet) }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere }
label { display: block; font-weight: 600 }
input {
  box-sizing: border-box;
  width: 100%;
  margin: .3rem 0 .8rem;
  padding: .5rem;
  border: 1px solid var(--line);
  border-radius: .35rem;
  background: var(--ground);
  color: inherit;
  font: inherit;
}
button, a.button {
  display: inline-block;
  min-height: 2.25rem;
  padding: .3rem .8rem;
  border: 1px solid var(--accent);
  border-radius: .35rem;
  background: transparent;
  color: var(--accent);
  box-sizing: border-box;
  font: inherit;
  text-decoration: none;
  cursor: pointer;
}
button.main, a.main { background: var(--accent); color: var(--on-accent) }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.fault { color: var(--bad); font-weight: 600 }
`
