/** Colours follow CKAN's Bootstrap theme where it sets them. Pages may set the variables `--uplink-…` themselves. */
export const STYLE = `
:host {
  --accent: var(--uplink-accent, var(--bs-primary, #1d5f77));
  --on-accent: var(--uplink-on-accent, #fff);
  --text: var(--uplink-text, var(--bs-body-color, #1f2328));
  --quiet: var(--uplink-quiet, #57606a);
  --line: var(--uplink-line, #8c959f);
  --ground: var(--uplink-ground, var(--bs-body-bg, #fff));
  --good: var(--uplink-good, #1a6b34);
  --bad: var(--uplink-bad, #b42318);
  display: block;
  color: var(--text);
  background: var(--ground);
  font: inherit;
  line-height: 1.45;
}
:host([hidden]) { display: none }
@media (prefers-color-scheme: dark) {
  :host(:not([theme='light'])) {
    --accent: var(--uplink-accent, #7cc4dd);
    --on-accent: var(--uplink-on-accent, #0d1117);
    --text: var(--uplink-text, #e6edf3);
    --quiet: var(--uplink-quiet, #a3adb8);
    --line: var(--uplink-line, #6e7681);
    --ground: var(--uplink-ground, #0d1117);
    --good: var(--uplink-good, #6fdd8b);
    --bad: var(--uplink-bad, #ff9b90);
    color-scheme: dark;
  }
}
.drop {
  padding: 1.25rem 1rem;
  border: 2px dashed var(--line);
  border-radius: .5rem;
  text-align: center;
}
.drop.over { border-color: var(--accent); border-style: solid }
.drop p { margin: .6rem 0 0; color: var(--quiet) }
button {
  min-height: 2.25rem;
  padding: .3rem .8rem;
  margin: .15rem;
  border: 1px solid var(--accent);
  border-radius: .35rem;
  background: transparent;
  color: var(--accent);
  font: inherit;
  cursor: pointer;
}
button.main { background: var(--accent); color: var(--on-accent) }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
button[hidden], [hidden] { display: none }
ul { list-style: none; margin: 1rem 0 0; padding: 0 }
li {
  display: grid;
  grid-template-columns: minmax(0, 1fr) auto;
  gap: .1rem .75rem;
  align-items: center;
  padding: .6rem 0;
  border-block-start: 1px solid var(--line);
}
.name { font-weight: 600; overflow-wrap: anywhere; unicode-bidi: isolate }
.state { color: var(--quiet); font-size: .925em; overflow-wrap: anywhere }
.ready .state, .proposed .state, .linked .state, .loaded .state { color: var(--good) }
.failed .state { color: var(--bad) }
.actions { grid-column: 2; grid-row: 1 / span 2; text-align: end }
.about { color: var(--quiet); font-size: .925em; overflow-wrap: anywhere }
.entry > .name, .about { grid-column: 1 }
.entry > form, .entry > .state { grid-column: 1 / -1 }
.entry > form:not([hidden]), label { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center }
.entry > form { margin-block: .5rem }
label, label input { flex: 1 1 12rem }
.entry > .state:empty { display: none }
input[type='text'] {
  min-height: 2.25rem;
  min-width: 0;
  padding: .3rem .5rem;
  border: 1px solid var(--line);
  border-radius: .35rem;
  background: var(--ground);
  color: var(--text);
  font: inherit;
}
summary { cursor: pointer; padding: .4rem 0; font-weight: 600 }
summary:focus-visible, li:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
details { margin-block-start: 1rem }
input:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
progress { grid-column: 1 / -1; width: 100%; height: .5rem; accent-color: var(--accent) }
.total { margin-block-start: 1rem }
.total p { margin: 0; display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between }
h2 { font-size: 1rem; margin: 1rem 0 0 }
.message { color: var(--bad); margin: .6rem 0 0 }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media (max-width: 30rem) {
  li { grid-template-columns: minmax(0, 1fr) }
  .actions { grid-column: 1; grid-row: auto; text-align: start }
}
`
