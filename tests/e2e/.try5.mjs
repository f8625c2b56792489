import { withPage, screenshot } from './lib/browser.mjs';
import { Workbench } from './lib/workbench.mjs';
import fs from 'node:fs';
await withPage('try', async (page) => {
  const {workbench, milliseconds} = await Workbench.open(page, 'http://127.0.0.1:8171/');
  const rows=()=>page.evaluate(()=>[...document.querySelectorAll('.explorer-folders-view .monaco-list-row')].map(e=>e.innerText).join(','));
  console.log(await page.evaluate(()=>[document.hasFocus(), document.visibilityState]));
  await page.waitForTimeout(3000); console.log(await rows());
  fs.writeFileSync('/tmp/scr/sd/ws/out1-'+Date.now(),'x');
  await page.waitForTimeout(4000); console.log(await rows());
  await workbench.openTerminal();
  fs.writeFileSync('/tmp/scr/sd/ws/out2-'+Date.now(),'x');
  await page.waitForTimeout(5000); console.log(await rows());
  await workbench.runInTerminal('echo 1 > f'+Date.now());
  await page.waitForTimeout(5000); console.log(await rows());
});
