using Egress.LongRuns;
using Egress.Output;
using Egress.Output.Stores;
using Egress.Tests;
using Egress.Vectors;

namespace Egress.Backend.Tests.Vectors;

/// <summary>Runs that store vectors in files and are killed, some of them while they replace what others have stored.</summary>
public sealed class FileKillTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(VectorFormat.Npy)]
    [InlineData(VectorFormat.Arrow)]
    [InlineData(VectorFormat.Parquet)]
    public void Runs_that_are_killed_lose_and_double_nothing(VectorFormat format)
    {
        var number = 0;
        KilledRuns.KillAndVerify(format, () => _folder[$"killed {number++}"], address =>
        {
            Assert.Equal(
                KilledRuns.Expected.Select(row => (row.Id, row.Text, row.Vector)),
                ReadAll(format, address).OrderBy(row => row.Id, StringComparer.Ordinal).Select(row => (row.Id, row.Text, TestVectors.Values(NumberedVectors.Layout, row)[0])));
            using (var store = VectorStores.Open(NumberedVectors.Options(format, address, OutputMode.Resume), () => new TorchBackend()))
            {
                Assert.All(
                    store.Find([.. KilledRuns.Expected.Select(row => new SequenceKey(row.Id, row.Hash))]), state => Assert.Equal(StoredState.Stored, state));
            }

            using var destination = LocalStore.ForReading(address);
            Assert.Empty(new OutputVerifier(destination).Verify(TestContext.Current.CancellationToken).Problems);
        });
        Assert.NotEqual(0, number);
    }

    private static IEnumerable<VectorRow> ReadAll(VectorFormat format, string folder)
    {
        var encoder = format == VectorFormat.Npy ? new NpyVectorEncoder() : new TorchBackend().VectorEncoder(format);
        var first = encoder.Extensions(NumberedVectors.Layout)[0];
        return Directory.GetFiles(folder, "part-*" + first).SelectMany(path => encoder.Read(NumberedVectors.Layout, extension => File.OpenRead(path[..^first.Length] + extension)));
    }
}
