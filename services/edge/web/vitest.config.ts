import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { lexerOnly } from './tools/marked-lexer-only.mjs'

export default defineConfig({
    plugins: [lexerOnly, vue()],
    test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'], testTimeout: 30_000 },
})
