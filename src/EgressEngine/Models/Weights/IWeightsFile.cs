namespace Egress.Models.Weights;

/// <summary>
/// A file of named tensors, checked and mapped into memory: its tensors are read where they lie, and only the pages that are
/// touched are ever loaded. Disposing it ends the life of every address that it gave out.
/// </summary>
public interface IWeightsFile : IDisposable
{
    /// <summary>The path that it was opened by.</summary>
    string Path { get; }

    /// <summary>Its tensors, in the order of the file.</summary>
    IReadOnlyList<StoredTensor> Entries { get; }

    /// <summary>The tensor of this name, or null where there is none.</summary>
    StoredTensor? Find(string name);

    /// <summary>
    /// The address of a tensor's first byte in the mapping, valid until this object is disposed. It need not be aligned to the
    /// tensor's elements.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    nint Locate(StoredTensor entry);
}
