using System.IO.MemoryMappedFiles;
using Egress.Runtime;
using Microsoft.Win32.SafeHandles;

namespace Egress.Models.Safetensors;

/// <summary>
/// A safetensors file, checked and mapped into memory: its tensors are read where they lie, and only the pages that are touched
/// are ever loaded. Disposing it ends the life of every address that it gave out.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, SafetensorsEntry> _byName;
    private byte* _start;

    private SafetensorsFile(string path, MemoryMappedFile mapping, MemoryMappedViewAccessor view, byte* start, SafetensorsHeader header)
    {
        Path = path;
        _mapping = mapping;
        _view = view;
        _start = start;
        Entries = header.Entries;
        Metadata = header.Metadata;
        _byName = header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The path that it was opened by.</summary>
    public string Path { get; }

    /// <summary>Its tensors, in the order of their places in the file.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>The free text that its header carries; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.WeightsInvalid"/> where the content is not as the format has it,
    /// with the reason; <see cref="EgressErrorId.PathNotFound"/>, <see cref="EgressErrorId.PathNotAFile"/> or
    /// <see cref="EgressErrorId.InputUnreadable"/> where there is no content to look at. The path is the target.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var handle = RegularFile.Open(path, out var problem) ?? throw problem!.ToException(path);
        try
        {
            return Map(path, handle);
        }
        catch (SafetensorsFormatException e)
        {
            throw new EgressException(
                EgressErrorId.WeightsInvalid,
                EgressErrorCategory.InvalidData,
                $"'{path}' is no valid safetensors file: {e.Message}.",
                "Download or export the file again; other formats, such as .pth, have to be converted to safetensors first.",
                path,
                e);
        }
        catch (IOException e)
        {
            throw FileProblem.Unreadable(path, e).ToException(path);
        }
    }

    /// <summary>The tensor of this name, or null where there is none.</summary>
    public SafetensorsEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>
    /// The address of a tensor's first byte in the mapping, valid until this object is disposed. It need not be aligned to the
    /// tensor's elements.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public nint AddressOf(SafetensorsEntry entry)
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        return (nint)(_start + entry.Offset);
    }

    /// <summary>A tensor's bytes where they lie, valid until this object is disposed.</summary>
    /// <exception cref="OverflowException">The tensor has 2 GiB or more: use <see cref="AddressOf"/>.</exception>
    public ReadOnlySpan<byte> BytesOf(SafetensorsEntry entry) => new((void*)AddressOf(entry), checked((int)entry.Length));

    /// <summary>Closes the file. Later calls do nothing.</summary>
    public void Dispose()
    {
        if (_start != null)
        {
            _start = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _mapping.Dispose();
        }
    }

    private static SafetensorsFile Map(string path, SafeFileHandle handle)
    {
        var fileBytes = RandomAccess.GetLength(handle);
        Span<byte> start = stackalloc byte[SafetensorsHeader.LengthBytes];
        var headerBytes = SafetensorsHeader.ReadLength(start[..RandomAccess.Read(handle, start, 0)], fileBytes);

        var mapping = MemoryMappedFile.CreateFromFile(
            handle, mapName: null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        MemoryMappedViewAccessor? view = null;
        byte* address = null;
        try
        {
            view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref address);
            var header = SafetensorsHeader.Parse(new ReadOnlySpan<byte>(address + SafetensorsHeader.LengthBytes, headerBytes), fileBytes);
            return new SafetensorsFile(path, mapping, view, address, header);
        }
        catch
        {
            if (address != null)
            {
                view!.SafeMemoryMappedViewHandle.ReleasePointer();
            }

            view?.Dispose();
            mapping.Dispose();
            throw;
        }
    }
}
