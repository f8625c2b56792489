import './.try.mjs';
