using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Egress.Files;

/// <summary>A file mapped into memory for reading. Only the pages that are touched are ever loaded.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _mapping;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _start;
    private bool _disposed;

    private MappedFile(string path, SafeFileHandle handle)
    {
        Path = path;
        Length = RandomAccess.GetLength(handle);
        if (Length == 0)
        {
            // There is no such thing as a mapping of nothing.
            return;
        }

        _mapping = MemoryMappedFile.CreateFromFile(
            handle, mapName: null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            _view = _mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        }
        catch
        {
            _view?.Dispose();
            _mapping.Dispose();
            throw;
        }
    }

    /// <summary>The path that it was opened by.</summary>
    public string Path { get; }

    /// <summary>The file's size in bytes.</summary>
    public long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.PathNotFound"/>, <see cref="EgressErrorId.PathNotAFile"/> or
    /// <see cref="EgressErrorId.InputUnreadable"/>. The path is the target.</exception>
    public static MappedFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var handle = RegularFile.Open(path, out var problem) ?? throw problem!.ToException(path);
        try
        {
            return new MappedFile(path, handle);
        }
        catch (IOException e)
        {
            throw FileProblem.Unreadable(path, e).ToException(path);
        }
    }

    /// <summary>The address of a byte, valid until this object is disposed.</summary>
    /// <param name="offset">The byte's place; up to <see cref="Length"/>.</param>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public nint AddressOf(long offset)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        return (nint)(_start + offset);
    }

    /// <summary>Bytes where they lie, valid until this object is disposed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not all in the file.</exception>
    public ReadOnlySpan<byte> Bytes(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        return new((void*)AddressOf(offset), length);
    }

    /// <summary>Closes the file. Later calls do nothing.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            if (_start != null)
            {
                _start = null;
                _view!.SafeMemoryMappedViewHandle.ReleasePointer();
            }

            _view?.Dispose();
            _mapping?.Dispose();
        }
    }
}
