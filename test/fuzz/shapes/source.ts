import { programsOf } from '../find-failures.js';
import { arbitraryShapes } from './arbitrary.js';
import { printShapes } from './print.js';

/** Programs of the ways in which real functions take callbacks. */
export const shapePrograms = programsOf(arbitraryShapes(), printShapes);
