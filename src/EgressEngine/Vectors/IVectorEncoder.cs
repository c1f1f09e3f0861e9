using Egress.Models;

namespace Egress.Vectors;

/// <summary>Writes a batch of vectors as a file, and reads it again. Stateless: any number of threads use it at once.</summary>
public interface IVectorEncoder
{
    /// <summary>The extensions of the files of one batch, with their dots; the first is the one that stands for all.</summary>
    /// <param name="layout">How vectors lie in memory.</param>
    IReadOnlyList<string> Extensions(VectorLayout layout);

    /// <summary>Writes one of the files.</summary>
    /// <param name="extension">Which.</param>
    /// <param name="batch">The rows; where one of them has its text, all have.</param>
    /// <param name="stream">Takes the file; it is only written forward.</param>
    void Write(string extension, VectorBatch batch, Stream stream);

    /// <summary>Reads what was written.</summary>
    /// <param name="layout">How the vectors lay in memory.</param>
    /// <param name="open">Opens one of the files by its extension; it can seek.</param>
    /// <returns>The rows in their order; hashes of texts are not in files, and 0.</returns>
    /// <exception cref="InvalidDataException">A file is not what was written.</exception>
    IReadOnlyList<VectorRow> Read(VectorLayout layout, Func<string, Stream> open);
}
