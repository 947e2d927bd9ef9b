// Everything a staff page needs; each part works alone, and the pages work without any of it.
import * as builder from "./builder.js";
import * as bulk from "./bulk.js";
import * as charts from "./charts.js";
import * as checks from "./checks.js";
import * as drafts from "./drafts.js";
import * as float from "./float.js";
import * as forms from "./forms.js";
import * as grid from "./grid.js";
import * as inplace from "./inplace.js";
import * as keys from "./keys.js";
import * as lists from "./lists.js";
import * as live from "./live.js";
import * as looks from "./looks.js";
import * as lookup from "./lookup.js";
import * as menus from "./menus.js";
import * as notes from "./notes.js";
import * as palette from "./palette.js";
import * as parts from "./parts.js";
import * as preview from "./preview.js";
import * as seek from "./seek.js";
import * as sign from "./sign.js";
import * as stars from "./stars.js";
import * as tasks from "./tasks.js";
import { style } from "./net.js";

style("float.css");
const parts_ = [float, forms, parts, lists, lookup, keys, charts, live, menus, builder, seek, looks, inplace, tasks, bulk, notes, palette, drafts, checks, preview, grid, stars, sign];
for (const part of parts_) part.start();
