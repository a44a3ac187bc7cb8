// The page in a notebook: a frame of its own, whose questions the kernel answers.

interface Model {
  get(name: string): string;
  send(message: unknown): void;
  on(event: string, handle: (message: { number: number }) => void): void;
  off(event: string, handle: (message: { number: number }) => void): void;
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  frame.title = model.get("title");
  frame.srcdoc = model.get("html");
  frame.style.cssText = "width: 100%; height: min(860px, 90vh); border: 1px solid #8884; border-radius: 8px";
  const ask = (event: MessageEvent) => {
    if (event.source === frame.contentWindow && typeof event.data?.number === "number") model.send(event.data);
  };
  const reply = (message: { number: number }) => frame.contentWindow?.postMessage(message, "*");
  addEventListener("message", ask);
  model.on("msg:custom", reply);
  el.append(frame);
  return () => {
    removeEventListener("message", ask);
    model.off("msg:custom", reply);
  };
}

export default { render };
