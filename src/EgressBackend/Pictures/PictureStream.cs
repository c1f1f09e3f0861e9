using Microsoft.Win32.SafeHandles;
using NetVips;

namespace Egress.Backend.Pictures;

/// <summary>
/// A file as libvips reads it. libvips would map the file into memory itself, and then a file that shrinks or a failing disk ends
/// the process with a bus error; read like this, it is the picture's error. The path is not libvips's to see either, which takes
/// square brackets in it for options.
/// </summary>
internal sealed class PictureStream : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly FileStream _file;

    /// <param name="handle">The file; this object closes it.</param>
    public PictureStream(SafeFileHandle handle)
    {
        _file = new FileStream(handle, FileAccess.Read, BufferBytes);
        Source = new SourceCustom();
        Source.OnRead += Read;
        Source.OnSeek += Seek;
    }

    /// <summary>The file for libvips.</summary>
    public SourceCustom Source { get; }

    /// <summary>Why reading failed, where it did: libvips itself takes that for the end of the file.</summary>
    public IOException? ReadError { get; private set; }

    public void Dispose()
    {
        Source.Dispose();
        _file.Dispose();
    }

    private int Read(byte[] buffer, int length)
    {
        try
        {
            return _file.Read(buffer, 0, length);
        }
        catch (IOException e)
        {
            ReadError = e;
            return -1;
        }
    }

    private long Seek(long offset, SeekOrigin origin)
    {
        try
        {
            return _file.Seek(offset, origin);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            // A place before the file's start, out of a damaged picture.
            return -1;
        }
    }
}
