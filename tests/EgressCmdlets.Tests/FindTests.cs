namespace Egress.Cmdlets.Tests;

/// <summary>Queries of stored vectors, with the samples' encoder.</summary>
public sealed class FindTests : IDisposable
{
    private static readonly string s_encoder = Path.Combine(ModuleSession.Root, "samples", "models", "docs-encoder");

    private readonly ModuleSession _session = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Matches_say_which_question_they_answer()
    {
        Store(s_encoder, "DuckDb");
        var found = _session.Invoke($"'memory', 'the disk' | Find-EgressVector -Destination '{_folder["out"]}' -Model '{s_encoder}' -Top 2").Throw();
        Assert.Equal(["memory", "memory", "the disk", "the disk"], found.Get<string>("Query"));
        Assert.Equal(["1", "2", "1", "2"], found.Get<string>("Rank"));

        var ids = found.Get<string>("Id").Distinct().ToList();
        var byId = _session.Invoke($"Find-EgressVector -Id $args -Destination '{_folder["out"]}' -Top 1", [.. ids]).Throw();
        Assert.Equal(ids, byId.Get<string>("Query"));
        Assert.Null(_session.Invoke($"Find-EgressVector -Vector (1..128) -Destination '{_folder["out"]}' -Top 1").Throw().Output.Single().Properties["Query"].Value);
    }

    [Fact]
    public void A_tokenizer_is_read_once_for_all_questions_and_the_same_question_has_the_same_answer()
    {
        Store(s_encoder, "DuckDb");
        var tokenizer = Directory.CreateDirectory(_folder["tokenizer"]).FullName;
        foreach (var file in Directory.GetFiles(s_encoder).Where(file => !file.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(tokenizer, Path.GetFileName(file)));
        }

        var found = _session.Invoke(
            $"& {{ 'memory'; [System.IO.Directory]::Delete('{tokenizer}', $true); 'the disk'; 'memory' }} | "
            + $"Find-EgressVector -Destination '{_folder["out"]}' -Model '{s_encoder}' -Tokenizer '{tokenizer}' -Top 1").Throw();
        Assert.Equal(["memory", "the disk", "memory"], found.Get<string>("Query"));
        Assert.Equal(found.Get<string>("Score")[0], found.Get<string>("Score")[2]);
        Assert.NotEqual(found.Get<string>("Score")[0], found.Get<string>("Score")[1]);
    }

    [Fact]
    public void A_model_may_be_in_a_folder_of_another_name()
    {
        Store(s_encoder, "DuckDb");
        var renamed = Directory.CreateDirectory(_folder["renamed"]).FullName;
        foreach (var file in Directory.GetFiles(s_encoder))
        {
            File.CreateSymbolicLink(Path.Combine(renamed, Path.GetFileName(file)), file);
        }

        Assert.Single(_session.Invoke($"Find-EgressVector memory '{_folder["out"]}' -Model '{renamed}' -Top 1").Throw().Output);
    }

    [Theory]
    [InlineData("Npy")]
    [InlineData("Parquet")]
    public void Files_answer_no_questions_and_the_error_says_so(string format)
    {
        Store(s_encoder, format);
        var error = _session.Invoke($"Find-EgressVector memory '{_folder["out"]}' -Model '{s_encoder}'").Terminating!;
        Assert.StartsWith("VectorStoreInvalid,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("this destination is files", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("DuckDB", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("There is no database", $"{_session.Invoke($"Find-EgressVector memory '{_folder["nothing"]}'").Terminating}", StringComparison.Ordinal);
    }

    private void Store(string model, string format) => _session.Invoke(
        $"'Memory may not be pinned.', 'The disk is full.', 'A picture is damaged.' | Invoke-EmbeddingBatch -Model '{model}' -Device cpu -Destination '{_folder["out"]}' -Format {format} -StoreText")
        .Throw();
}
