/** What lists packages, or locks them: a Dockerfile copies these before the code. */
export const LISTS =
  /(^|\/)(package(-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-(lock|workspace)\.yaml|bun\.lockb?|\.(npm|yarn|nvm)rc(\.yml)?|composer\.(json|lock)|Gemfile(\.lock)?|[\w.-]*requirements[\w.-]*|pyproject\.toml|poetry\.lock|uv\.lock|Pipfile(\.lock)?|go\.(mod|sum)|Cargo\.(toml|lock)|mix\.(exs|lock)|pom\.xml|(build|settings)\.gradle(\.kts)?|[\w.-]+\.(cs|fs)proj|[\w.-]+\.sln)$/

/** Files of variables. */
export const VARIABLES = /(^|\/)\.env(\.\w+)?$/
/** The names of programs and pages. */
export const CODE = /\.([cm]?[jt]sx?|py|php|rb|go|java|kt|cs|rs|exs?|html?|css|vue|sh)$/
