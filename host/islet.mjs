#!/usr/bin/env node
// Plain JavaScript for any Node.js from 18: it starts the program under a Node.js that can run it.
import { launch } from "./launch.mjs";

await launch(new URL("./main.ts", import.meta.url));
