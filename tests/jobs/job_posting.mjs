// Reads a page from stdin and prints, as JSON, the JobPosting that a stranger's reader finds in it,
// and what a stranger's validator has to say of it. Run from the house's folder: it uses node_modules.
import fs from "node:fs";
import Validator from "@adobe/structured-data-validator";
import WebAutoExtractor from "@marbec/web-auto-extractor";

const page = fs.readFileSync(0, "utf8");
const found = new WebAutoExtractor({ addLocation: true, embedSource: ["rdfa", "microdata"] }).parse(page);
const issues = await new Validator().validate(found);
console.log(JSON.stringify({ found: found.jsonld.JobPosting ?? [], issues }));
