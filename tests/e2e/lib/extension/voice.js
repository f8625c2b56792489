// Asks for the microphone, and listens until something is heard: a level above nothing shows that
// samples arrive, which a stream alone does not.
const LOUD = 0.05;
const PATIENCE_MS = 30_000;
const EVERY_MS = 20;

async function listen() {
    if (!navigator.mediaDevices) return { granted: false, error: 'no navigator.mediaDevices' };
    try {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
        return { granted: true, ...(await hear(stream)) };
    } catch ({ name, message }) {
        return { granted: false, error: name, message };
    }
}

/** The loudest sample that comes before the time is up, or the first that is loud. */
async function hear(stream) {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let peak = 0;
    // Firefox hands samples over a moment before it says that the context runs.
    const waits = () => peak < LOUD || context.state !== 'running';
    for (const end = Date.now() + PATIENCE_MS; waits() && Date.now() < end; ) {
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
        analyser.getFloatTimeDomainData(samples);
        peak = samples.reduce((most, it) => Math.max(most, Math.abs(it)), peak);
    }
    const { state } = context;
    stream.getTracks().forEach((track) => track.stop());
    await context.close();
    return { peak, state };
}

/** The two that tell a refusal by policy from one by the person; not every browser has both. */
async function allowed() {
    const policy = (document.featurePolicy ?? document.permissionsPolicy)?.allowsFeature('microphone') ?? null;
    const query = navigator.permissions?.query({ name: 'microphone' });
    const permission = await query?.then(({ state }) => state, ({ name }) => name);
    return { policy, permission };
}

(async () => {
    const found = { origin: location.origin, secure: isSecureContext, ...(await listen()), ...(await allowed()) };
    acquireVsCodeApi().postMessage(found);
    document.getElementById('title').textContent = JSON.stringify(found);
})();
