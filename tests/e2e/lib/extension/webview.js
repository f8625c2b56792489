const tell = () => {
    const picture = document.getElementById('picture').naturalWidth;
    const color = getComputedStyle(document.getElementById('title')).color;
    acquireVsCodeApi().postMessage({ picture, color, origin: location.origin });
    document.getElementById('title').textContent = 'A webview that works';
};
if (document.readyState === 'complete') tell();
else addEventListener('load', tell);
