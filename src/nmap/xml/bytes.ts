/** Turns the bytes of a report into text, cut anywhere. nmap writes ASCII; other tools' files may be UTF-16. */
import { StringDecoder } from 'node:string_decoder';
import { TextDecoder } from 'node:util';

export interface XmlDecoder {
  /** The text of the next bytes; a character that is cut waits for its rest. */
  decode(bytes: Uint8Array): string;
  /** What is left at the end. */
  end(): string;
}

/** Goes by the byte order mark, or by the zero bytes around the first `<` (XML 1.0, appendix F); else UTF-8. */
export function createXmlDecoder(): XmlDecoder {
  let decoder: XmlDecoder | undefined;
  let head: Uint8Array = new Uint8Array(0);
  return {
    decode(bytes) {
      if (decoder) return decoder.decode(bytes);
      head = Buffer.concat([head, bytes]);
      if (head.length < 3) return '';
      decoder = decoderFor(head);
      return decoder.decode(head);
    },
    end: () => (decoder ? decoder.end() : Buffer.from(head).toString('utf8')),
  };
}

function decoderFor([first, second]: Uint8Array): XmlDecoder {
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return streaming('utf-16le');
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return streaming('utf-16be');
  // Five times as fast for ASCII as a TextDecoder that streams.
  const utf8 = new StringDecoder('utf8');
  let atStart = true;
  return {
    decode(bytes) {
      const text = utf8.write(bytes);
      if (!atStart) return text;
      atStart = false;
      return text.startsWith('\ufeff') ? text.slice(1) : text;
    },
    end: () => utf8.end(),
  };
}

function streaming(encoding: string): XmlDecoder {
  const decoder = new TextDecoder(encoding);
  return {
    decode: (bytes) => decoder.decode(bytes, { stream: true }),
    end: () => decoder.decode(),
  };
}
