using System.Text;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Egress.Build;

/// <summary>Takes the markup out of Markdown, for a terminal.</summary>
internal static class PlainText
{
    /// <summary>A text a paragraph; a list is one text with a line an item.</summary>
    /// <exception cref="InvalidDataException">A block that a terminal cannot show as text.</exception>
    public static List<string> Paragraphs(IEnumerable<Block> blocks) => [.. blocks.Select(Of)];

    /// <summary>The text of a line or paragraph.</summary>
    public static string Of(ContainerInline? inlines)
    {
        var text = new StringBuilder();
        Append(inlines, text);
        return text.ToString();
    }

    private static string Of(Block block) => block switch
    {
        ParagraphBlock paragraph => Of(paragraph.Inline),
        ListBlock list => string.Join('\n', list.Cast<ListItemBlock>().Select(item => $"- {string.Join(' ', item.Select(Of))}")),
        CodeBlock code => PageSections.Code(code),
        _ => throw new InvalidDataException($"Line {block.Line + 1}: help in a terminal has no {block.GetType().Name}."),
    };

    private static void Append(ContainerInline? inlines, StringBuilder text)
    {
        foreach (var inline in inlines ?? [])
        {
            switch (inline)
            {
                case LiteralInline literal:
                    text.Append(literal.Content);
                    break;
                case CodeInline code:
                    text.Append(code.Content);
                    break;
                case LineBreakInline:
                    text.Append(' ');
                    break;
                case LinkInline link:
                    Append(link, text);
                    // The address of another page says nothing in a terminal: the text names its topic.
                    if (link.Url?.Contains("://", StringComparison.Ordinal) == true)
                    {
                        text.Append(" (").Append(link.Url).Append(')');
                    }

                    break;
                case EmphasisInline emphasis:
                    Append(emphasis, text);
                    break;
                default:
                    throw new InvalidDataException($"Line {inline.Line + 1}: help in a terminal has no {inline.GetType().Name}.");
            }
        }
    }
}
