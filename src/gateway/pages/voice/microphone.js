"use strict";
// The microphone, as a page or a frame in it finds it.
const microphone = {
  // Whether the policies let this document have it; undefined where the browser does not tell.
  isAllowed: () => (document.permissionsPolicy || document.featurePolicy)?.allowsFeature("microphone"),

  // What the person has said: granted, denied, prompt; undefined where the browser does not tell.
  async permission() {
    try {
      return (await navigator.permissions.query({ name: "microphone" })).state;
    } catch {
      return undefined;
    }
  },

  // Opens it. `hear` gets the level, from 0 to 1, twenty times a second.
  async open(hear) {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      return { error: error.name, message: error.message };
    }
    const context = new AudioContext();
    context.resume();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      hear(samples.reduce((most, it) => Math.max(most, Math.abs(it)), 0));
    }, 50);
    const stop = () => {
      clearInterval(timer);
      stream.getTracks().forEach((track) => track.stop());
      context.close();
    };
    return { label: stream.getAudioTracks()[0].label, stop };
  },
};
