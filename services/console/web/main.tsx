import { render } from 'preact'
import { App } from './app.tsx'
import { begin } from './state.ts'

const place = document.getElementById('app')
if (place) render(<App />, place)
begin()
