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
    /// <summary>
    /// Files up to this size, nearly all pictures, are read at once: libvips asks for 4 KB at a time, each time through a call back
    /// into .NET.
    /// </summary>
    private const int SmallFileBytes = 1 << 22;

    private const int BufferBytes = 64 * 1024;

    /// <summary>What the thread reads its files into, as large as the largest of them was.</summary>
    [ThreadStatic]
    private static byte[]? t_content;

    private readonly FileStream? _file;

    /// <param name="handle">The file; this object closes it.</param>
    /// <exception cref="IOException">Reading a small file failed.</exception>
    public PictureStream(SafeFileHandle handle)
    {
        if (ReadSmall(handle) is { Length: > 0 } content)
        {
            // libvips takes a copy.
            Source = Source.NewFromMemory(content);
            handle.Dispose();
            return;
        }

        _file = new FileStream(handle, FileAccess.Read, BufferBytes);
        var source = new SourceCustom();
        source.OnRead += Read;
        source.OnSeek += Seek;
        Source = source;
    }

    /// <summary>The file for libvips.</summary>
    public Source Source { get; }

    /// <summary>Why reading failed, where it did: libvips itself takes that for the end of the file.</summary>
    public IOException? ReadError { get; private set; }

    public void Dispose()
    {
        Source.Dispose();
        _file?.Dispose();
    }

    /// <summary>The content of a small file; nothing of a large one, or of one that does not say how large it is.</summary>
    private static ReadOnlySpan<byte> ReadSmall(SafeFileHandle handle)
    {
        var length = RandomAccess.GetLength(handle);
        if (length is 0 or > SmallFileBytes)
        {
            return default;
        }

        if (t_content is null || t_content.Length < length)
        {
            t_content = GC.AllocateUninitializedArray<byte>((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length));
        }

        var read = 0;
        while (read < length && RandomAccess.Read(handle, t_content.AsSpan(read, (int)length - read), read) is var count and > 0)
        {
            read += count;
        }

        return t_content.AsSpan(0, read);
    }

    private int Read(byte[] buffer, int length)
    {
        try
        {
            return _file!.Read(buffer, 0, length);
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
            return _file!.Seek(offset, origin);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            // A place before the file's start, out of a damaged picture.
            return -1;
        }
    }
}
