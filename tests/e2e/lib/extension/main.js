// A view with one line in it, and two webviews: one loads what a webview loads, a style sheet, a
// script and a picture of the extension's; the other listens to the microphone. What their scripts
// find is written to the workspace.
const { randomBytes } = require('node:crypto');
const vscode = require('vscode');

exports.activate = (context) => {
    const tree = { getTreeItem: (item) => item, getChildren: () => [new vscode.TreeItem(`process ${process.pid}`)] };
    context.subscriptions.push(
        vscode.window.registerTreeDataProvider('waiide.proof.view', tree),
        vscode.commands.registerCommand('waiide.proof.webview', () => open(context)),
        vscode.commands.registerCommand('waiide.proof.voice', () => listen(context)),
    );
};

/** Opens a webview whose messages go to a file of the workspace, each with `more` added. */
function openPanel(title, name, more = {}) {
    const { webview } = vscode.window.createWebviewPanel('waiide.proof', title, vscode.ViewColumn.One, { enableScripts: true });
    webview.onDidReceiveMessage((found) => {
        const file = vscode.Uri.joinPath(vscode.workspace.workspaceFolders[0].uri, name);
        return vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify({ ...found, ...more })));
    });
    return webview;
}

/** As little as a webview can be allowed and still run a script. */
function listen({ extensionUri }) {
    const nonce = randomBytes(16).toString('hex');
    const webview = openPanel('Voice', 'voice.json', { run: nonce });
    webview.html = `<!doctype html>
<html lang="en"><head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}'">
</head><body>
<h1 id="title">Listening</h1>
<script nonce="${nonce}" src="${webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'voice.js'))}"></script>
</body></html>`;
}

function open({ extensionUri }) {
    const webview = openPanel('Proof', 'webview.json');
    const address = (file) => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, file));
    const nonce = randomBytes(16).toString('hex');
    webview.html = `<!doctype html>
<html lang="en"><head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src ${webview.cspSource}; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'">
<link rel="stylesheet" href="${address('webview.css')}">
</head><body>
<h1 id="title">A webview</h1>
<img id="picture" src="${address('picture.svg')}" alt="">
<script nonce="${nonce}" src="${address('webview.js')}"></script>
</body></html>`;
}
