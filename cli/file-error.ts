/** A file that was asked for could not be read or written, through no mistake in the command. One line; exit code 3. */
export class FileError extends Error {
  override readonly name = 'FileError';
}
