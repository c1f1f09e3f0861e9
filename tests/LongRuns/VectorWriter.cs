using Egress.Backend;
using Egress.Output;
using Egress.Vectors;

namespace Egress.LongRuns;

/// <summary>
/// A run over numbered sequences into a database or files, as the embedding of texts does it: it asks what is there, and two threads write the rest. It
/// says each batch that is committed, so that whoever started it can choose the moment to kill it.
/// </summary>
internal static class VectorWriter
{
    /// <summary>Writes to the end.</summary>
    /// <param name="format">The kind of database or files.</param>
    /// <param name="address">The database or folder.</param>
    /// <param name="mode">What to do about what is there.</param>
    /// <param name="batches">How many batches there are.</param>
    /// <param name="rows">Rows of a batch.</param>
    /// <returns>0.</returns>
    public static int Run(VectorFormat format, string address, OutputMode mode, int batches, int rows)
    {
        using var store = Open(format, address, mode);
        Parallel.For(0, batches, new ParallelOptions { MaxDegreeOfParallelism = 2 }, batch =>
        {
            // What replaces rows has others in a batch than they were stored in.
            var shift = mode == OutputMode.Replace ? rows / 2 : 0;
            var numbers = Enumerable.Range((batch * rows) + shift, rows).Select(number => number % (batches * rows)).ToList();
            IReadOnlyList<StoredState> states;
            lock (store)
            {
                states = store.Find([.. numbers.Select(NumberedVectors.Key)]);
            }

            var missing = numbers.Where((_, place) => states[place] != StoredState.Stored).Select(NumberedVectors.Row).ToList();
            if (missing.Count > 0)
            {
                store.Write(new VectorBatch(NumberedVectors.Layout, missing), default);
                Say("committed");
            }
        });
        store.Complete();
        Say("complete");
        return 0;
    }

    /// <summary>Opens a database and keeps it open.</summary>
    public static int Hold(string path)
    {
        using var store = Open(VectorFormat.DuckDb, path, OutputMode.Replace);
        Say("open");
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    private static IVectorStore Open(VectorFormat format, string address, OutputMode mode) => VectorStores.Open(NumberedVectors.Options(format, address, mode), () => new TorchBackend());

    private static void Say(string text)
    {
        Console.Out.WriteLine(text);
        Console.Out.Flush();
    }
}
