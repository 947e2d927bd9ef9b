// Everything a staff page needs; each part works alone, and the pages work without any of it.
import * as charts from "./charts.js";
import * as float from "./float.js";
import * as forms from "./forms.js";
import * as keys from "./keys.js";
import * as lists from "./lists.js";
import * as live from "./live.js";
import * as lookup from "./lookup.js";
import * as menus from "./menus.js";
import * as parts from "./parts.js";
import * as tasks from "./tasks.js";
import { style } from "./net.js";

style("float.css");
for (const part of [float, forms, parts, lists, lookup, keys, charts, live, menus, tasks]) part.start();
