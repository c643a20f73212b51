import type { Plugin } from 'vite'
export const lexerOnly: Plugin
