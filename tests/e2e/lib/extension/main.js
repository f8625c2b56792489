// A view with one line in it, and a webview that loads what a webview loads: a style sheet, a
// script and a picture of the extension's. What its script finds is written to the workspace.
const { randomBytes } = require('node:crypto');
const vscode = require('vscode');

exports.activate = (context) => {
    const tree = { getTreeItem: (item) => item, getChildren: () => [new vscode.TreeItem(`process ${process.pid}`)] };
    context.subscriptions.push(
        vscode.window.registerTreeDataProvider('waiide.proof.view', tree),
        vscode.commands.registerCommand('waiide.proof.webview', () => open(context)),
    );
};

function open({ extensionUri }) {
    const panel = vscode.window.createWebviewPanel('waiide.proof', 'Proof', vscode.ViewColumn.One, { enableScripts: true });
    const { webview } = panel;
    const address = (file) => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, file));
    const nonce = randomBytes(16).toString('hex');
    webview.onDidReceiveMessage((found) => {
        const file = vscode.Uri.joinPath(vscode.workspace.workspaceFolders[0].uri, 'webview.json');
        return vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify(found)));
    });
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
