import { withPage, screenshot } from './lib/browser.mjs';
import { Workbench } from './lib/workbench.mjs';
await withPage('try', async (page) => {
  const {workbench, milliseconds} = await Workbench.open(page, 'http://127.0.0.1:8171/');
  await page.keyboard.press('Control+Backquote');
  await page.waitForTimeout(3000);
  await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Trust Folder' }).click().catch(()=>{});
  await page.waitForTimeout(5000);
  console.log(await page.evaluate(()=>[...document.querySelectorAll('.terminal-wrapper *')].map(e=>e.tagName+'|'+e.className+'|'+(e.getAttribute('aria-label')||'').slice(0,80)+'|'+e.innerText?.slice(0,50)).join('\n')));
});
