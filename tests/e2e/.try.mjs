import { proveWorkbench } from './lib/proof.mjs';
import fs from 'node:fs';
const d='/tmp/scr/sd/ws/';
console.log(await proveWorkbench({name:'try', url:'http://127.0.0.1:8171/', owner:'1000:100', disk:{read:async f=>fs.readFileSync(d+f,'utf8'), owner: async f=>{const s=fs.statSync(d+f); return s.uid+':'+s.gid}}}));
