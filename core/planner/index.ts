export { planProgram } from './plan.js';
