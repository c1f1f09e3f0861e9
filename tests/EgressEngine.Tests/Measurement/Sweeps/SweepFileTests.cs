using Egress.Measurement;
using Egress.Measurement.Comparison;
using Egress.Measurement.Sweeps;

namespace Egress.Tests.Measurement.Sweeps;

/// <summary>The table that a sweep goes on from.</summary>
public sealed class SweepFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "sweep.csv");

    [Fact]
    public void What_was_added_is_found_again_and_equal()
    {
        var results = new[] { SampleResults.Measured(1, 10.25, 11.5, 9.125), SampleResults.Measured(2, 1 / 3.0) };
        Add(results);
        using var again = new SweepFile(File);
        Assert.Equal(2, again.Count);
        foreach (var result in results)
        {
            var found = again.Find(ThroughputConfiguration.Of(result), result.Steps)!;
            Assert.Equal(result.Samples!, found.Samples!);
            Assert.Equal(result with { Samples = null }, found with { Samples = null });
        }
    }

    [Fact]
    public void Another_configuration_or_number_of_steps_is_not_found()
    {
        Add(SampleResults.Measured(1, 10));
        using var again = new SweepFile(File);
        Assert.Null(again.Find(ThroughputConfiguration.Of(SampleResults.Measured(1, 10)), 21));
        Assert.Null(again.Find(ThroughputConfiguration.Of(SampleResults.Measured(1, 10)) with { WorkerCount = 3 }, 20));
    }

    [Fact]
    public void What_failed_is_tried_again_and_the_last_word_counts()
    {
        Add(SampleResults.Failed(1), SampleResults.Measured(2, 5), SampleResults.Failed(2), SampleResults.Failed(3), SampleResults.Measured(3, 7));
        using var again = new SweepFile(File);
        Assert.Equal([false, false, true], new[] { 1, 2, 3 }.Select(
            batch => again.Find(ThroughputConfiguration.Of(SampleResults.Measured(batch, 1)), 20) is not null));
    }

    [Fact]
    public void A_record_that_was_cut_off_goes_and_the_table_goes_on()
    {
        Add(SampleResults.Measured(1, 10), SampleResults.Measured(2, 20));
        var text = System.IO.File.ReadAllText(File);
        for (var length = text.Length - 1; length > 0; length -= 37)
        {
            System.IO.File.WriteAllText(File, text[..length]);
            using (var file = new SweepFile(File))
            {
                Assert.InRange(file.Count, 0, 1);
                file.Append(SampleResults.Measured(3, 30));
            }

            var last = ThroughputFile.Read(File)[^1];
            Assert.Equal(3, last.BatchSize);
            Assert.Equal(30, last.StepsPerSecond);
        }
    }

    [Theory]
    [InlineData("Name,Value\nx,1\n")]
    [InlineData("some notes that somebody wrote")]
    [InlineData("Strategy,Model,Device,BatchSize,StepsPerSecond\nPipelined,pointwise,cpu,one,1\n")]
    public void A_file_of_something_else_is_an_error_and_stays_as_it_is(string text)
    {
        System.IO.File.WriteAllText(File, text);
        var error = Assert.Throws<EgressException>(() => new SweepFile(File));
        Assert.Equal(EgressErrorId.SweepFileInvalid, error.ErrorId);
        Assert.Equal(text, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_table_of_fewer_columns_in_another_order_goes_on_in_its_own()
    {
        System.IO.File.WriteAllText(
            File, "\uFEFFStepsPerSecond,BatchSize,Device,Model,Strategy,Steps\r\n\"1234,5\",8,cpu,pointwise,Baseline,20\r\n");
        using (var file = new SweepFile(File))
        {
            Assert.Equal(1, file.Count);
            file.Append(SampleResults.Measured(2, 42.5));
        }

        Assert.Equal("\"42.5\",\"2\"", System.IO.File.ReadLines(File).Last()[..10]);
        Assert.Equal([1234.5, 42.5], ThroughputFile.Read(File).Select(result => result.StepsPerSecond!.Value));
    }

    [Fact]
    public void Two_sweeps_do_not_write_one_file()
    {
        using var first = new SweepFile(File);
        Assert.Equal(EgressErrorId.OutputWriteFailed, Assert.Throws<EgressException>(() => new SweepFile(File)).ErrorId);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_an_error() => Assert.Equal(
        EgressErrorId.OutputWriteFailed,
        Assert.Throws<EgressException>(() => new SweepFile(Path.Combine(_folder.Path, "none", "sweep.csv"))).ErrorId);

    public void Dispose() => _folder.Dispose();

    private void Add(params ThroughputResult[] results)
    {
        using var file = new SweepFile(File);
        foreach (var result in results)
        {
            file.Append(result);
        }
    }
}
