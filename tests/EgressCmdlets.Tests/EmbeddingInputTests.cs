using System.IO.Compression;
using System.Management.Automation;
using System.Text;

namespace Egress.Cmdlets.Tests;

/// <summary>What <c>Invoke-EmbeddingBatch</c> takes in: texts, objects, files, and pictures for a program that takes them.</summary>
public sealed class EmbeddingInputTests : IDisposable
{
    private const string Quick = "-Model bert_tiny -Tokenizer $args[0] -MaxLength 8 -Window 1 -LoaderCount 1 -WorkerCount 1 -Device cpu";

    /// <summary>4 × 2 pixels, 8-bit RGB.</summary>
    private const string TinyPng =
        "iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAIUlEQVR42gXBMQEAAAzCsApDDiI4K2oClwAGh4dQU1evPlqaCGHjrjlqAAAAAElFTkSuQmCC";

    private readonly ModuleSession _session = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("'one', 'two'", "-Id")]
    [InlineData("[pscustomobject]@{ Id = 17; Text = 'x' }", "17")]
    [InlineData("@{ id = 17; text = 'x' }", "17")]
    [InlineData("[pscustomobject]@{ Id = 1.5; Text = 3 }", "1.5")]
    [InlineData("[System.Collections.Generic.Dictionary[string, object]]::new(), @{ Id = 'b'; Text = 'y' }", "b", "SequenceInvalid")]
    [InlineData("[pscustomobject]@{ Id = '17'; Body = 'x' }, 'y'", "-Id", "SequenceInvalid")]
    [InlineData("[pscustomobject]@{ Id = '17'; Text = @('x', 'y') }, 'y'", "-Id", "SequenceInvalid")]
    [InlineData("[pscustomobject]@{ Id = @(1, 2); Text = 'x' }, 'y'", "-Id", "SequenceInvalid")]
    [InlineData("[pscustomobject]@{ Id = ''; Text = 'x' }, 'y'", "-Id", "SequenceInvalid")]
    [InlineData("5, $null, 'y'", "-Id", "SequenceInvalid", "SequenceInvalid")]
    public void Texts_come_by_the_pipeline_and_what_has_none_is_an_error(string input, string id, params string[] errors)
    {
        var result = Run($"{input} | Invoke-EmbeddingBatch {Quick}");

        Assert.Null(result.Terminating);
        Assert.Equal(errors, result.Errors.Select(Id));
        var ids = result.Get<string[]>("Ids").SelectMany(ids => ids).ToList();
        Assert.All(ids, one => Assert.True(id == "-Id" ? one.Length == 16 : one == id, one));
        Assert.NotEmpty(ids);
    }

    [Fact]
    public void An_object_without_a_text_is_named_with_its_properties()
    {
        var error = Assert.Single(Run($"[pscustomobject]@{{ Number = '17'; Body = 'x' }} | Invoke-EmbeddingBatch {Quick}").Errors);

        Assert.Contains("Number, Body", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal("@{Number=17; Body=x}", error.TargetObject.ToString());
        Assert.Contains("Select-Object", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_come_as_an_argument_with_an_id_each()
    {
        Assert.Equal(["a", "b"], Run($"Invoke-EmbeddingBatch 'one', 'two' -Id a, b {Quick}").Throw().Get<string[]>("Ids").SelectMany(ids => ids));
        Assert.Equal(["a"], Run($"'one' | Invoke-EmbeddingBatch -Id a {Quick}").Throw().Get<string[]>("Ids").SelectMany(ids => ids));
        Assert.Equal("OptionInvalid", Id(Run($"Invoke-EmbeddingBatch 'one', 'two' -Id a {Quick}").Terminating!));
        Assert.Equal("OptionInvalid", Id(Run($"'one' | Invoke-EmbeddingBatch -Id a, b {Quick}").Terminating!));
    }

    [Fact]
    public void A_line_that_is_no_text_leaves_the_others_and_is_no_interruption()
    {
        File.WriteAllText(_folder["a.jsonl"], "{\"text\":\"one\"}\n{\"text\":\"x\\ud800\"}\n{\"text\":\"three\"}\n");

        var result = Run($"Invoke-EmbeddingBatch -SequencePath '{_folder["a.jsonl"]}' {Quick} -SummaryVariable summary; $summary");

        Assert.Equal("SequenceInvalid", Id(Assert.Single(result.Errors)));
        Assert.Equal([$"{_folder["a.jsonl"]}:1", $"{_folder["a.jsonl"]}:3"], (string[])result.Output[0].Properties["Ids"].Value);
        Assert.Equal(1L, result.Output[^1].Properties["Failed"].Value);
        Assert.Null(result.Output[^1].Properties["FaultId"].Value);
    }

    [Theory]
    [InlineData("[System.IO.DirectoryInfo]::new('{0}').GetFiles() | Invoke-EmbeddingBatch", true)]
    [InlineData("& {{ foreach ($name in 'a.png', 'b[1].png') {{ [pscustomobject]@{{ PSPath = \"Microsoft.PowerShell.Core\\FileSystem::{0}/$name\" }} }} }} | Invoke-EmbeddingBatch", true)]
    [InlineData("[pscustomobject]@{{ Id = 'mine'; LiteralPath = '{0}/a.png' }} | Invoke-EmbeddingBatch", false)]
    [InlineData("Invoke-EmbeddingBatch -Path {0}/*.png", true)]
    [InlineData("Invoke-EmbeddingBatch -LiteralPath {0}/a.png, {0}/b[1].png", true)]
    public void Pictures_are_embedded_however_they_are_named(string command, bool isById)
    {
        var pictures = Pictures();

        var result = Run($"{string.Format(System.Globalization.CultureInfo.InvariantCulture, command, pictures)} -Model '{ImageEncoder()}' -ImageSize 16 -Device cpu -PassThru").Throw();

        Assert.Equal(
            isById ? [$"{pictures}/a.png", $"{pictures}/b[1].png"] : ["mine"],
            result.Get<string[]>("Ids").SelectMany(ids => ids).Order(StringComparer.Ordinal));
        Assert.All(result.Get<int>("Dimension"), dimension => Assert.Equal(3, dimension));
    }

    [Fact]
    public void A_run_is_of_texts_or_of_pictures()
    {
        var pictures = Pictures();
        File.WriteAllText(Path.Combine(pictures, "c.txt"), "one\n");

        var mixed = Run($"[System.IO.FileInfo] '{pictures}/a.png', [System.IO.FileInfo] '{pictures}/c.txt' | Invoke-EmbeddingBatch -Model '{ImageEncoder()}' -ImageSize 16 -Device cpu");
        Assert.Equal("SequenceInvalid", Id(Assert.Single(mixed.Errors)));
        Assert.Equal([$"{pictures}/a.png"], Assert.Single(mixed.Get<string[]>("Ids")));

        var wrong = Run($"[System.IO.FileInfo] '{pictures}/a.png' | Invoke-EmbeddingBatch {Quick}").Terminating!;
        Assert.Equal("OptionInvalid", Id(wrong));
        Assert.Contains(".jsonl", wrong.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_whatever_the_pipeline_brings_is_said_before_it_brings_anything()
    {
        var result = Run($"& {{ [System.IO.File]::WriteAllText('{_folder["brought"]}', 'x'); 'x' }} | Invoke-EmbeddingBatch -Model nosuch");

        Assert.Equal("ModelUnknown", Id(result.Terminating!));
        Assert.False(File.Exists(_folder["brought"]));
        Run($"& {{ [System.IO.File]::WriteAllText('{_folder["brought"]}', 'x'); 'x' }} | Invoke-EmbeddingBatch {Quick}").Throw();
        Assert.True(File.Exists(_folder["brought"]));
    }

    private static string Id(ErrorRecord error) => error.FullyQualifiedErrorId.Split(',')[0];

    private SessionResult Run(string script) => _session.Invoke(script, Path.Combine(ModuleSession.Root, "samples/models/docs-encoder"));

    private string Pictures()
    {
        var folder = Directory.CreateDirectory(_folder["pictures"]).FullName;
        foreach (var name in new[] { "a.png", "b[1].png" })
        {
            File.WriteAllBytes(Path.Combine(folder, name), Convert.FromBase64String(TinyPng));
        }

        return folder;
    }

    /// <summary>A program whose vector is the mean of each colour, as <c>torch.jit.save</c> writes it.</summary>
    private string ImageEncoder()
    {
        const string Source = "class Net(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
            + "  def forward(self: __torch__.Net,\n    x: Tensor) -> Tensor:\n    return torch.mean(x, [2, 3])\n";
        var path = _folder["colours.pt"];
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        Add(archive, "data.pkl", [0x80, 2, .. "c__torch__\nNet\n"u8, (byte)')', 0x81, (byte)'}', (byte)'X', 8, 0, 0, 0, .. "training"u8, 0x89, .. "sb."u8]);
        Add(archive, "code/__torch__.py", Encoding.UTF8.GetBytes(Source));
        Add(archive, "constants.pkl", [0x80, 2, .. ")."u8]);
        Add(archive, "version", "3\n"u8);
        return path;
    }

    private static void Add(ZipArchive archive, string name, ReadOnlySpan<byte> content)
    {
        using var entry = archive.CreateEntry($"model/{name}", CompressionLevel.NoCompression).Open();
        entry.Write(content);
    }
}
