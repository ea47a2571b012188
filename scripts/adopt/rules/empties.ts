/** A start that empties the database: Compose runs it at each `up`, a release also when a container restarts by itself. */
export const EMPTIES =
  /\bmanage\.py (?:flush|reset_db)\b|\bmigrate:(?:fresh|refresh|reset)\b|\bmigrate reset\b|--(?:force-reset|accept-data-loss)\b|\b(?:db|data|database)[-:](?:drop|wipe|reset|purge|recreate|overwrite|schema:load|migrate:reset|migrate:undo:all)\b|\bschema:drop\b|\b(?:d(?:octrine)?:f(?:ixtures)?:l(?:oad)?|hautelook:fixtures:load)\b(?![^;&|\n]*--append)|\becto\.(?:drop|reset)\b|\bdropdb\b|\bDROP (?:DATABASE|TABLE|SCHEMA)\b|\b[\w.]+\.sync\(\s*\{[^}]*\bforce:\s*true\b[^)]*\)|\b[\w.]+\.(?:drop_all|drop_tables|dropDatabase)(?=\()|\bdropSchema:\s*true\b/i

/** All rows of a table, in a call, a script or SQL, and a count in Redis that begins anew. In a function, it may be what a page does. */
export const CLEARS =
  /(?<=^|\(\s*["'`]|-[ce]\s*["'])(?:DELETE FROM [\w.]+(?=\s*["'`;])|TRUNCATE (?:TABLE )?[\w.]+)|\b\w+\.(?:deleteMany\(\s*(?:\{\s*\})?\s*\)|objects\.all\(\)\.delete\(\))|\b(?:r|rdb|\w*(?:redis|client|cache))\.set\(\s*["'][^"']+["']\s*,\s*["']?0["']?\s*\)/i

/** Nothing but what fills the database: seed.js, seed-demo.js, or seedUsers.ts. */
export const SEED = /\/([\w.-]*[-_.])?[Ss]eed(s|ers?)?([-_.A-Z][\w.-]*)?\.[cm]?[jt]s$/
