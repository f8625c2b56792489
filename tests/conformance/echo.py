"""A WebSocket server that sends back what it gets. Prints its port once it listens."""

import asyncio
import logging
import os

# One of the cases sends a message in 65,536 fragments.
os.environ["WEBSOCKETS_MAX_FRAGMENTS"] = "100000"

from websockets.asyncio.server import serve  # noqa: E402
from websockets.exceptions import ConnectionClosed  # noqa: E402


async def echo(websocket):
    try:
        async for message in websocket:
            await websocket.send(message)
    except (ConnectionClosed, UnicodeDecodeError):
        pass  # how it ended is what the cases look at


async def main():
    # What clients do wrong is what they are here for: nobody needs to read of it.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    async with serve(echo, "127.0.0.1", 0, max_size=None, ping_interval=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


asyncio.run(main())
