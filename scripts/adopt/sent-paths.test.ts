import { expect, test } from 'vitest'
import { parseDockerfile } from '../image/dockerfile.ts'
import { sentFolders } from './sent-paths.ts'
import { findUploads } from './uploads.ts'
import { withValues } from './values.ts'

test.each([
  ["const DIR = path.resolve('static')\nconst to = path.resolve(DIR, name)\nawait file.mv(to)", './static'],
  ["file.mv(path.join(__dirname, '../public/images', file.name))", 'public/images'],
  ["file.mv('./uploads/' + file.name, done)", './uploads'],
  [`const to = \`\${process.cwd()}/pictures/\${file.name}\`\nfile.mv(to)`, './pictures'],
  ["fs.writeFileSync(path.join('media', 'full', name), req.file.buffer)", './media/full'],
  [`await sharp(req.file.buffer).toFile(\`public/img/users/\${req.file.filename}\`)`, './public/img/users'],
  ["file.mv(path.join('media', 'img_' + name))", './media'],
  ["file.mv(fileURLToPath(new URL('../sent/', import.meta.url)) + name)", 'sent'],
  [`const at = \`media/\${req.params.id}\`\nfile.mv(\`\${at}/\${file.name}\`)`, './media'],
  [
    "class A {\n  private readonly dir = path.join(process.cwd(), 'public', 'pics')\n  keep(file) {\n    fs.writeFileSync(path.join(this.dir, name), file.buffer)",
    './public/pics',
  ],
  ["constructor() {\n  this.dir = './pics';\n}\nfs.writeFileSync(path.join(this.dir, name), file.buffer)", './pics'],
  [
    "const DIR = path.resolve(__dirname, 'storage', 'pics')\nmulter.diskStorage({ destination: (req, file, cb) => cb(null, DIR) })",
    'api/storage/pics',
  ],
  [`multer.diskStorage({ destination: \`upload/\${folder}\`, filename })`, './upload'],
  ["const DIR = 'pics'\nmulter({ dest: DIR })", './pics'],
  ["multer.diskStorage({\n  filename: (req, file, cb) => cb(null, 'all/' + name) })", undefined],
  ['multer.diskStorage({ destination: os.tmpdir() })\nmulter({ fileFilter(r, f, cb) { cb(null, true) } })', undefined],
  ['file.mv(target)', undefined],
  ["file.mv(place('a/b', name))", undefined],
  ["fs.writeFileSync('a/b.txt', text)", undefined],
])('where Node puts what users send must be known: %s', (text, folder) => {
  expect(sentFolders({ 'api/save.js': text }).map(({ value }) => value)).toEqual(folder ? [folder] : [])
})

const FORM = 'file, err := c.FormFile("file")\n'
test.each<[string, string | undefined]>([
  ['c.SaveFile(file, "public/uploads/"+name+"."+format)', './public/uploads'],
  [
    'const dir = "pictures"\nto := filepath.Join(dir, name)\nif err := c.SaveUploadedFile(file, to); err != nil {',
    './pictures',
  ],
  ['c.SaveFile(file, fmt.Sprintf("./sent/%s", name))', './sent'],
  [`${FORM}dst, err := os.Create(filepath.Join("sent", name))\nio.Copy(dst, src)`, './sent'],
  [`${FORM}f, _ := os.OpenFile("./sent/"+handler.Filename, os.O_WRONLY|os.O_CREATE, 0666)`, './sent'],
  ['os.Create("./uploads/" + r.FormValue("n"))', './uploads'],
  ['os.Create(filepath.Join("uploads", name))', './uploads'],
  [`${FORM}to := "work/" + name\ndst, _ := os.Create(to)\nio.Copy(dst, src)\ndefer os.Remove(to)`, undefined],
  [`${FORM}}\nfunc report() {\nos.Create("reports/" + name)\n}`, undefined],
  ['store.SaveFile(file, "keys/"+name)', undefined],
  ['os.Create(filepath.Join("reports", name))', undefined],
])('where Go puts what users send must be known: %s', (text, folder) => {
  const found = sentFolders({ 'api/save.go': `func a() {\n${text}` }).map(({ value }) => value)
  expect([...new Set(found)]).toEqual(folder ? [folder] : [])
})

const SAVE = 'using var to = new FileStream(path, FileMode.Create);\nawait file.CopyToAsync(to);'
test.each<[string, string | undefined]>([
  [
    `var folder = Path.Combine(_env.WebRootPath, "uploads");\nvar path = Path.Combine(folder, name);\n${SAVE}`,
    '/app/wwwroot/uploads',
  ],
  [
    `var path = Path.Combine(Directory.GetCurrentDirectory(), "wwwroot", "images", name);\n${SAVE}`,
    '/app/wwwroot/images',
  ],
  [`string path = _env.WebRootPath + "/images/" + name;\n${SAVE}`, '/app/wwwroot/images'],
  [`var path = Path.Combine(AppContext.BaseDirectory, $"sent/{id}", name);\n${SAVE}`, '/app/sent'],
  [`var path = Path.Combine("work", name);\n${SAVE}\nRead(path);\nFile.Delete(path);`, undefined],
  ['new FileStream(Path.Combine("models", name), FileMode.Open)', undefined],
])('where .NET puts what users send must be known: %s', (text, folder) => {
  const sources = { 'src/Files.cs': `class A {\n  public async Task Save(IFormFile file) {\n${text}` }
  const facts = parseDockerfile('FROM sdk\nWORKDIR /app\nCOPY . .\n', {}, undefined)
  const found = findUploads({ sources, files: [], facts, workdir: '/app', command: ['dotnet'] })
  expect(found.map(({ value }) => value)).toEqual(folder ? [folder] : [])
})

const FIELD = (value: string) =>
  `class A {\n  @Value("${value}")\n  private String dir;\n  void keep(MultipartFile file) {\n`
const COPY = 'Path to = at.resolve(name);\nFiles.copy(file.getInputStream(), to, StandardCopyOption.REPLACE_EXISTING);'
test.each<[string, string | undefined, string?]>([
  [`${FIELD('$' + '{a.dir:$' + '{user.home}/pictures}')}Path at = Paths.get(dir, kind);\n${COPY}`, '/root/pictures'],
  [`${FIELD('$' + '{a.dir}')}file.transferTo(new File(dir + File.separator + name));`, '/sent', 'a:\n  dir: /sent\n'],
  [`${FIELD('$' + '{a.dir}')}file.transferTo(new File(dir, name));`, undefined],
  [`MultipartFile file;\nPath at = Paths.get("/app/pictures", kind);\n${COPY}`, '/app/pictures'],
  [
    `MultipartFile file;\nprivate final Path at = Paths.get("sent").toAbsolutePath().normalize();\nFiles.copy(inputStream, this.at.resolve(name));`,
    './sent',
  ],
  [`FilePart file;\nreturn file.transferTo(Path.of("sent").resolve(name));`, './sent'],
  [
    `MultipartFile file;\nPath at = Paths.get(files.getUploadDir());\n${COPY}\n@ConfigurationProperties("files") class Files { String uploadDir = "kept"; }`,
    './kept',
  ],
  [`MultipartFile file;\nFile to = File.createTempFile("a", null);\nfile.transferTo(to);`, undefined],
  [
    `MultipartFile file;\nFile to = new File("work/" + name);\nfile.transferTo(to);\nread(to);\nto.delete();`,
    undefined,
  ],
  [`MultipartFile file;\nFiles.copy(Paths.get("a"), Paths.get("b/c"));`, undefined],
  [`Path at = Paths.get("kept");\n${COPY}`, undefined],
])('where Java puts what users send must be known: %s', (text, folder, settings = '') => {
  const sources = { 'src/A.java': text, 'src/main/resources/application.yml': settings }
  expect(sentFolders(sources, '/root').map(({ value }) => value)).toEqual(folder ? [folder] : [])
})

test('a variable of the environment must tell where Java puts what users send', () => {
  const text = `${FIELD('$' + '{a.up-dir:$' + '{user.home}/a}')}file.transferTo(new File(dir, name));`
  const found = (values: Record<string, string>) => sentFolders(withValues({ 'A.java': text }, values))
  expect(found({ A_UPDIR: '/b' })).toMatchObject([{ value: '/b' }])
  expect(found({ A_UP_DIR: '/b' })).toMatchObject([{ value: '/b' }])
  expect(found({})).toEqual([])
})

const TAKEN = "file = request.files['file']\n"
test.each<[string, string | undefined]>([
  [`${TAKEN}at = os.path.join('data', 'videos')\nto = os.path.join(at, name)\nfile.save(to)`, './data/videos'],
  [`${TAKEN}file.save(f'pictures/{uuid4()}_{file.filename}')`, './pictures'],
  [`${TAKEN}file.save('pictures/' + secure_filename(file.filename))`, './pictures'],
  [`${TAKEN}file.save('pictures/%s.png' % name)`, './pictures'],
  [`DIR = Path(__file__).resolve().parent.parent / 'sent'\n${TAKEN}file.save(DIR / name)`, 'sent'],
  [
    `BASE_DIR = os.path.dirname(os.path.abspath(__file__))\nDIR = os.path.join(BASE_DIR, 'sent')\n${TAKEN}file.save(os.path.join(DIR, name))`,
    'api/sent',
  ],
  [`app.config['KEPT'] = 'kept/all'\n${TAKEN}file.save(os.path.join(app.config['KEPT'], name))`, './kept/all'],
  [`KEPT = os.environ.get('KEPT', 'kept')\n${TAKEN}file.save(\n    os.path.join(KEPT,\n    name))`, './kept'],
  ["for image in request.files.getlist('a'):\n    image.save(f'static/sent/{name}')", './static/sent'],
  [`KEPT = 'kept'\n${TAKEN}file.save(f"{KEPT}/{name}.{ending}")`, './kept'],
  [
    "# UploadFile\ndef keep(data):\n    at = os.path.join(app.root_path, 'static/pics', name)\n    i = Image.open(data)\n    i.thumbnail(size)\n    i.save(at)\napp = Flask(__name__)",
    'api/static/pics',
  ],
  [
    'def a(file: UploadFile):\n    with open(f"sent/{file.filename}", "wb") as f:\n        shutil.copyfileobj(file.file, f)',
    './sent',
  ],
  [
    'def a(id: int, file: UploadFile):\n    at = f"sent/all/{id}"\n    to = f"{at}/{file.filename}"\n    with open(to, "wb") as f:\n        shutil.copyfileobj(file.file, f)',
    './sent/all',
  ],
  [
    'def a(file: UploadFile):\n    all = await file.read()\n    to = Path("sent") / name\n    async with aiofiles.open(to, "wb") as f:\n        await f.write(all)',
    './sent',
  ],
  ['def a(file: UploadFile):\n    (Path("sent") / name).write_bytes(await file.read())', './sent'],
  [`${TAKEN}file.save(os.path.join('temp', name))`, undefined],
  [`${TAKEN}to = os.path.join('work', name)\nfile.save(to)\nread(to)\nos.remove(to)`, undefined],
  [
    `${TAKEN}to = os.path.join('kept', name)\nfile.save(to)\ntry:\n    read(to)\nexcept Error:\n    os.remove(to)`,
    './kept',
  ],
  [`${TAKEN}with tempfile.NamedTemporaryFile() as t:\n    file.save(t.name)`, undefined],
  [
    `${TAKEN}user.save()\nform.save(commit=False)\nbook = Workbook()\nbook.save('out/a.xlsx')\nmodel.save('models/a.h5')`,
    undefined,
  ],
  [`${TAKEN}img = qrcode.make(text)\nimg.save('codes/' + name)`, undefined],
  [`${TAKEN}with open('models/a.pkl', 'wb') as f:\n    pickle.dump(all, f)`, undefined],
  ["file.save('sent/' + name)", undefined],
])('where Python puts what users send must be known: %s', (text, folder) => {
  const found = sentFolders({ 'api/save.py': text }).map(({ value }) => value)
  expect([...new Set(found)]).toEqual(folder ? [folder] : [])
})

test('a constant of another file must tell where Python puts what users send, if it is given once', () => {
  const save = `${TAKEN}file.save(os.path.join(current_app.config['KEPT'], name))`
  const config = "class Config:\n    KEPT = os.path.join(os.path.dirname(__file__), 'kept')\n"
  expect(sentFolders({ 'app/a.py': save, 'config/a.py': config })).toMatchObject([{ value: 'config/kept' }])
  const other = { 'app/a.py': save, 'config/a.py': config, 'config/b.py': "KEPT = 'other'\n" }
  expect(sentFolders(other)).toEqual([])
})

test('a folder that only a program run by hand fills must not be one of uploads', () => {
  const [tool, web] = ['make.py', 'web.py']
  const make = "img = Image.open('a.png')\nimg.save('icons/' + name)\nif __name__ == '__main__':\n    main()"
  const program = { files: [], facts: undefined, workdir: '/app', command: ['python', web] }
  const found = (other: string, command = program.command) =>
    findUploads({ ...program, command, sources: { [tool]: make, [web]: `request.files\n${other}` } })
  expect(found('')).toEqual([])
  expect(found('import make')).toMatchObject([{ value: '/app/icons' }])
  expect(found('', ['python', tool])).toMatchObject([{ value: '/app/icons' }])
})

test.each([
  ["const UPLOAD_DIR = path.join(__dirname, '../../uploads')\nmulter.diskStorage({})", '/usr/src/uploads'],
  ["file.mv(path.join(__dirname, '../../sent', name))", '/usr/src/sent'],
  ["const UPLOAD_DIR = path.join(__dirname, '../uploads')", '/usr/src/app/uploads'],
  ["const UPLOAD_DIR = path.join(__dirname, '../..')", undefined],
])('a folder of uploads above the code must be the one that the image has there: %s', (text, folder) => {
  const facts = parseDockerfile('FROM node\nWORKDIR /usr/src/app\nCOPY . .\n', {}, undefined)
  const sources = { 'controllers/a.js': text }
  const found = findUploads({ sources, files: [], facts, workdir: '/usr/src/app', command: ['node'] })
  expect(found.map(({ value }) => value)).toEqual(folder ? [folder] : [])
})
