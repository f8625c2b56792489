import { withPage, screenshot } from './lib/browser.mjs';
import { Workbench } from './lib/workbench.mjs';
await withPage('try', async (page) => {
  await page.routeWebSocket(/.*/, ws => ws.close());
  await page.goto('http://127.0.0.1:8171/');
  await page.waitForTimeout(12000);
  console.log(await page.evaluate(()=>[...document.querySelectorAll('[id="status.host"], .monaco-dialog-box, .explorer-folders-view .monaco-list')].map(e=>e.id+'|'+e.className.slice(0,60)+'|'+(e.getAttribute('aria-label')||e.innerText).slice(0,200)).join('\n')));
  await screenshot(page,'nows');
});
