/** Turns the bytes of a report into text, cut anywhere. nmap writes ASCII; other tools' files may be UTF-16. */
import { TextDecoder } from 'node:util';

export interface XmlDecoder {
  /** The text of the next bytes; a character that is cut waits for its rest. */
  decode(bytes: Uint8Array): string;
  /** What is left at the end. */
  end(): string;
}

/** Goes by the byte order mark, or by the zero bytes around the first `<` (XML 1.0, appendix F); else UTF-8. */
export function createXmlDecoder(): XmlDecoder {
  let decoder: TextDecoder | undefined;
  let head: Uint8Array = new Uint8Array(0);
  return {
    decode(bytes) {
      if (decoder) return decoder.decode(bytes, { stream: true });
      head = Buffer.concat([head, bytes]);
      if (head.length < 2) return '';
      decoder = new TextDecoder(encodingOf(head));
      return decoder.decode(head, { stream: true });
    },
    end() {
      return decoder ? decoder.decode() : new TextDecoder().decode(head);
    },
  };
}

function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return 'utf-16be';
  return 'utf-8';
}
