# Lists the tests of a result file (TRX or NUnit 2) that failed, each with the first lines of its message:
#   awk -f build/failed-tests.awk results.trx

# A record begins with an element's name and ends before the next element.
BEGIN {
    RS = "<"
    most = 10
}

/^(UnitTestResult|test-case) / {
    bad = / (outcome|result)="(Failed|Failure|Error|Timeout|Aborted)"/
    if (bad) print "failed: " plain(attribute(/^test-case/ ? "name" : "testName"))
}

bad && /^[Mm]essage>/ {
    sub(/^[Mm]essage>/, "")
    count = split($0, lines, /\r?\n/)
    for (i = 1; i <= count && i <= most; i++) print "    " plain(lines[i])
}

function attribute(name) {
    match($0, " " name "=\"[^\"]*\"")
    return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
}

function plain(text) {
    gsub(/&#x[0-9A-Fa-f]+;/, "", text)
    gsub(/&lt;/, "<", text)
    gsub(/&gt;/, ">", text)
    gsub(/&quot;/, "\"", text)
    gsub(/&apos;/, "'", text)
    gsub(/&amp;/, "\\&", text)
    return text
}
