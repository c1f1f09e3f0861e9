using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Egress.Input;
using Egress.Tests;

namespace Egress.Backend.Tests.Tokenizers;

public sealed partial class ByteLevelTests : IDisposable
{
    private static readonly string[] s_merges = ["Ġ t", "h e", "Ġt he", "l l", "he ll", "hell o", "Ġ hello", "o w", "1 2", "Ã ©", "' s", "Ġ Ġ", "! !"];
    private static readonly char[] s_bytes = ByteCharacters();
    private static readonly Dictionary<string, int> s_vocabulary = Vocabulary();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>By hand: words first, then the pairs in the order of the merges.</summary>
    [Theory]
    [InlineData("hello the", "<s> hello Ġthe </s>")]
    [InlineData(" hello", "<s> Ġhello </s>")]
    [InlineData("the", "<s> t he </s>")]
    [InlineData("how", "<s> h ow </s>")]
    [InlineData("it's 12!!", "<s> i t 's Ġ 12 !! </s>")]
    [InlineData("  the", "<s> Ġ Ġthe </s>")]
    [InlineData("the  ", "<s> t he ĠĠ </s>")]
    [InlineData("a\n\nthe", "<s> a Ċ Ċ t he </s>")]
    [InlineData("é", "<s> Ã© </s>")]
    [InlineData("", "<s> </s>")]
    [InlineData("hello</s>the", "<s> hello </s> t he </s>")]
    [InlineData("hello  <mask> the", "<s> hello <mask> Ġthe </s>")]
    public void Texts_become_the_pieces_that_RoBERTa_makes_of_them(string text, string pieces)
    {
        Assert.Equal(pieces, Pieces(Open("{}"), text));
    }

    [Theory]
    [InlineData("""{"add_prefix_space": true}""", "<s> Ġthe </s>")]
    [InlineData("""{"tokenizer_class": "GPT2Tokenizer"}""", "t he")]
    [InlineData("""{"tokenizer_class": "RobertaTokenizerFast"}""", "<s> t he </s>")]
    [InlineData("""{"cls_token": "</s>", "sep_token": "<s>"}""", "</s> t he <s>")]
    public void The_settings_beside_a_vocabulary_count(string settings, string pieces)
    {
        Assert.Equal(pieces, Pieces(Open(settings), "the"));
    }

    /// <summary>
    /// Beside the plainest way to do it: GPT-2's regular expression, and the best pair joined again and again.
    /// </summary>
    [Fact]
    public void Random_texts_become_the_pieces_of_the_plain_algorithm()
    {
        var tokenizer = Open("{}");
        var random = new Random(7);
        const string Letters = "  hellothe'sow12!é\n\t\u00A0中ß'tl";
        for (var round = 0; round < 500; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Letters[random.Next(Letters.Length)]));
            Assert.Equal($"<s> {string.Join(' ', Plain(text).Append("</s>"))}", Pieces(tokenizer, text));
        }
    }

    /// <summary>A letter beyond U+FFFF goes with the letters beside it, as GPT-2's expression has it.</summary>
    [Fact]
    public void Letters_of_all_planes_are_letters()
    {
        var words = new Backend.Tokenizers.ByteLevelWords().PreTokenize("a𐐀b 1𝟏 😀x").ToList();

        Assert.Equal([(0, 4), (4, 4), (8, 3), (11, 1)], words);
    }

    [Fact]
    public void What_is_too_long_is_cut_so_that_the_closing_token_fits()
    {
        var tokenizer = Open("{}");
        var text = $"hello the {new string('z', 300)} hello";
        var all = Pieces(tokenizer, text, 1000).Split(' ');
        Assert.Equal(306, all.Length);
        foreach (var room in new[] { 2, 3, 4, 5, 50, 100, 303, 304, 305, 306, 307 })
        {
            Assert.Equal(string.Join(' ', room >= all.Length ? all : [.. all[..(room - 1)], "</s>"]), Pieces(tokenizer, text, room));
        }
    }

    [Fact]
    public void Any_number_of_threads_use_one_tokenizer()
    {
        var tokenizer = Open("{}");
        string[] texts = [.. Enumerable.Range(0, 64).Select(i => $"hello {i} the{i} how{i * i} 's")];
        string[] expected = [.. texts.Select(text => $"<s> {string.Join(' ', Plain(text).Append("</s>"))}")];

        Parallel.For(0, 2000, i => Assert.Equal(expected[i % 64], Pieces(tokenizer, texts[i % 64])));
    }

    [Theory]
    [InlineData("vocab.json", """{"a": 0}""", "not made of bytes")]
    [InlineData("vocab.json", """{"a": "b"}""", "the id of 'a' is \"b\"")]
    [InlineData("vocab.json", "{}", "empty")]
    [InlineData("vocab.json", "{", "no JSON")]
    [InlineData("merges.txt", "Ġ q z", "Invalid merger file format")]
    [InlineData("merges.txt", "Ġ zz", "zz")]
    public void Files_that_are_not_as_they_should_be_are_refused(string name, string content, string reason)
    {
        _ = Open("{}");
        File.WriteAllText(_folder[name], content);

        var error = Assert.Throws<EgressException>(Open);

        Assert.Equal(EgressErrorId.TokenizerInvalid, error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Plain(string text)
    {
        foreach (Match word in Words().Matches(text))
        {
            List<string> parts = [.. Encoding.UTF8.GetBytes(word.Value).Select(value => s_bytes[value].ToString())];
            while (true)
            {
                var best = Enumerable.Range(0, Math.Max(0, parts.Count - 1))
                    .Select(at => (Rank: Array.IndexOf(s_merges, $"{parts[at]} {parts[at + 1]}"), At: at))
                    .Where(pair => pair.Rank >= 0).DefaultIfEmpty((Rank: -1, At: -1)).Min();
                if (best.Rank < 0)
                {
                    break;
                }

                parts[best.At] += parts[best.At + 1];
                parts.RemoveAt(best.At + 1);
            }

            foreach (var part in parts)
            {
                yield return part;
            }
        }
    }

    /// <summary>The characters that stand for bytes: those that can be seen for themselves, the others from U+0100 on.</summary>
    private static char[] ByteCharacters()
    {
        var next = 0x100;
        return [.. Enumerable.Range(0, 256).Select(value =>
            value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)value : (char)next++)];
    }

    private static Dictionary<string, int> Vocabulary() => new[] { "<s>", "<pad>", "</s>", "<unk>" }
        .Concat(s_bytes.Select(character => character.ToString()))
        .Concat(s_merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)))
        .Append("<mask>")
        .Select((piece, id) => (piece, id)).ToDictionary(pair => pair.piece, pair => pair.id);

    private ITokenizer Open(string settings)
    {
        File.WriteAllText(_folder["vocab.json"], JsonSerializer.Serialize(s_vocabulary));
        File.WriteAllText(_folder["merges.txt"], $"#version: 0.2\n{string.Join('\n', s_merges)}\n");
        File.WriteAllText(_folder["tokenizer_config.json"], settings);
        return Open();
    }

    private ITokenizer Open() => new TorchBackend().OpenTokenizer(_folder[""]);

    private static string Pieces(ITokenizer tokenizer, string text, int room = 512)
    {
        var ids = new int[room];
        return string.Join(' ', ids[..tokenizer.Encode(text, ids)].Select(id => s_vocabulary.First(pair => pair.Value == id).Key));
    }

    [GeneratedRegex("""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""")]
    private static partial Regex Words();
}
