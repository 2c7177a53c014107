import codecs
import gzip
import hashlib

import pytest

from seqwise.errors import DataError, UsageError
from seqwise.read import encodings, files
from seqwise.read.encodings import GUESS_NOTE, open_text

KOREAN = "text,label\n아 더빙 진짜,부정\n똠방각하 펲시,긍정\n"  # 똠 and 펲 stand in CP949 and not in EUC-KR


def written(tmp_path, content: bytes, name="rows.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def read(path, encoding="auto"):
    stream, facts = open_text(path, encoding)
    with stream:
        return stream.read(), facts


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (KOREAN.encode(), "utf-8"),
        (codecs.BOM_UTF8 + KOREAN.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + KOREAN.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + KOREAN.encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + KOREAN.encode("utf-32-le"), "utf-32-le"),
        (codecs.BOM_UTF32_BE + KOREAN.encode("utf-32-be"), "utf-32-be"),
    ],
)
def test_mark_or_utf8_is_known_without_a_guess(tmp_path, content, encoding):
    text, facts = read(written(tmp_path, content))
    assert (text, facts.encoding, facts.encoding_guessed, facts.notes) == (KOREAN, encoding, False, ())


def test_cp949_is_a_guess_and_says_so(tmp_path):
    text, facts = read(written(tmp_path, KOREAN.encode("cp949")))
    assert (text, facts.encoding, facts.encoding_guessed) == (KOREAN, "cp949", True)
    assert facts.notes == ("read as CP949 (guessed); pass data.encoding to fix it",) == (GUESS_NOTE,)


@pytest.mark.parametrize("name", ["euc-kr", "cp949", "EUC_KR", "uhc"])
def test_euc_kr_is_read_as_cp949_and_is_no_guess(tmp_path, name):
    text, facts = read(written(tmp_path, KOREAN.encode("cp949")), name)
    assert (text, facts.encoding, facts.encoding_guessed) == (KOREAN, "cp949", False)


def test_byte_far_behind_the_first_megabytes_decides_the_encoding(tmp_path):
    early = b"plain ascii line\n" * (3 * files.CHUNK // 17)
    text, facts = read(written(tmp_path, early + "한국어\n".encode("cp949")))
    assert facts.encoding == "cp949"
    assert text.endswith("한국어\n")


def test_character_across_two_chunks_is_no_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CHUNK", 1)
    monkeypatch.setattr(files._read, "__defaults__", (1,))
    text, facts = read(written(tmp_path, KOREAN.encode()))
    assert (text, facts.encoding) == (KOREAN, "utf-8")


def test_hash_and_size_are_of_the_unpacked_content(tmp_path):
    content = KOREAN.encode("cp949")
    _, packed = read(written(tmp_path, gzip.compress(content), "rows.csv.gz"))
    _, plain = read(written(tmp_path, content))
    assert packed.sha256 == plain.sha256 == hashlib.sha256(content).hexdigest()
    assert packed.n_bytes == plain.n_bytes == len(content)


def test_lines_end_at_line_feeds_only(tmp_path):
    stream, _ = open_text(written(tmp_path, "a\x85b\u2028c\x0bd\re\nf".encode()))
    with stream:
        assert list(stream) == ["a\x85b\u2028c\x0bd\re\n", "f"]


@pytest.mark.parametrize("packed", [False, True])
def test_bytes_of_no_encoding_name_file_and_first_bad_line(tmp_path, packed):
    content = b"text,label\ngood,a\n" + b"caf\xe9 creme,b\n" + b"x\n" * 100
    path = written(tmp_path, gzip.compress(content) if packed else content, "rows.csv.gz" if packed else "rows.csv")
    with pytest.raises(DataError) as caught:
        open_text(path)
    assert str(caught.value) == (
        f"{path}:3: is not text in a known encoding: byte 0xe9 in line 3 is not UTF-8, and byte 0xe9 in line 3 is not "
        "CP949. Mend the line, or pass the right data.encoding."
    )


def test_encoding_that_gets_farthest_leads_the_message(tmp_path):
    content = "가\n나\n다\n".encode("cp949") + b"\xff\n"
    with pytest.raises(
        DataError, match=r"rows\.csv:4: .* byte 0xff in line 4 is not CP949, and byte 0xb0 in line 1 is"
    ):
        open_text(written(tmp_path, content))


def test_cut_off_character_at_the_end_is_told(tmp_path):
    with pytest.raises(DataError, match=r"rows\.csv:2: .*byte 0xea in line 2 is not UTF-8"):
        open_text(written(tmp_path, "가\n가".encode()[:-2]))


def test_given_encoding_is_not_left_for_another(tmp_path):
    with pytest.raises(DataError, match=r"rows\.csv:2: is not text .*: byte 0xbe in line 2 is not UTF-8\. Mend"):
        open_text(written(tmp_path, KOREAN.encode("cp949")), "utf8")


@pytest.mark.parametrize("name", ["utf9", "base64", "rot13"])
def test_unknown_encoding_is_wrong_usage(tmp_path, name):
    with pytest.raises(
        UsageError, match=f'data.encoding: found "{name}"; allowed: auto, or the name of a text encoding'
    ):
        open_text(written(tmp_path, b"text\n"), name)


def test_misspelt_encoding_names_the_nearest(tmp_path):
    with pytest.raises(UsageError, match=r'Did you mean "cp949"\?'):
        open_text(written(tmp_path, b"text\n"), "cp94")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (KOREAN.encode("utf-16-le"), "utf-16"),
        (codecs.BOM_UTF16_LE + KOREAN.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + KOREAN.encode("utf-16-be"), "utf-16"),
        (codecs.BOM_UTF8 + KOREAN.encode(), "utf-8"),
    ],
)
def test_named_encoding_steps_over_the_mark(tmp_path, content, name):
    assert read(written(tmp_path, content), name)[0] == KOREAN


def test_utf16_without_a_mark_is_told_not_read_as_nul(tmp_path):
    with pytest.raises(
        DataError, match=r"not a text file in utf-8: 16 of its 32 bytes are NUL.*data\.encoding utf-16-le"
    ):
        open_text(written(tmp_path, "text,label\ngood,".encode("utf-16-le")))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04rest", "It is a zip archive or an Excel workbook: save it as csv."),
        (b"PAR1rest", "It is a Parquet file: rename it to .parquet, or pass data.format parquet."),
        (b"\x89PNG\r\n", "It is a PNG image."),
    ],
)
def test_known_binary_file_is_named(tmp_path, content, told):
    with pytest.raises(DataError) as caught:
        open_text(written(tmp_path, content))
    assert str(caught.value) == f"{tmp_path / 'rows.csv'}: is not a text file. {told}"


def test_empty_file_is_told(tmp_path):
    with pytest.raises(DataError, match=r"rows\.csv: is empty \(0 bytes\)\. Name a file with a header and rows\."):
        open_text(written(tmp_path, b""))


def test_empty_gzip_file_is_told(tmp_path):
    with pytest.raises(DataError, match=r"is empty \(0 bytes\)"):
        open_text(written(tmp_path, gzip.compress(b""), "rows.csv.gz"))


def test_missing_file_names_its_neighbour(tmp_path):
    written(tmp_path, b"x", "train.csv")
    with pytest.raises(DataError, match=r'trian\.csv: no such file\. Did you mean "train\.csv"\?'):
        open_text(tmp_path / "trian.csv")


def test_missing_folder_is_told(tmp_path):
    with pytest.raises(DataError, match=r"no such file\. The folder .*nowhere is not there either"):
        open_text(tmp_path / "nowhere" / "train.csv")


def test_folder_is_told(tmp_path):
    with pytest.raises(DataError, match=r"is a folder, not a file\. Name one csv, tsv, jsonl or parquet file in it\."):
        open_text(tmp_path)


def test_device_is_told():
    with pytest.raises(DataError, match=r"/dev/null: is not a regular file, and it must be read twice\. Write"):
        open_text("/dev/null")


def test_path_with_a_nul_is_told():
    with pytest.raises(DataError, match="cannot be read"):
        open_text("rows\0.csv")


def test_forbidden_file_is_told(tmp_path, monkeypatch):
    path = written(tmp_path, b"text\n")

    def forbid(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files.Path, "open", forbid)
    with pytest.raises(DataError, match=r"rows\.csv: permission denied\. Give this user the right to read it"):
        open_text(path)


def test_disk_fault_is_told(tmp_path, monkeypatch):
    path = written(tmp_path, b"text\n")

    def fail(*_, **__):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files.Path, "open", fail)
    with pytest.raises(DataError, match=r"cannot be read \(.*Input/output error\)\. Check the path and the disk\."):
        open_text(path)


def test_gzip_is_known_by_content_not_by_name(tmp_path):
    assert read(written(tmp_path, gzip.compress(KOREAN.encode())))[0] == KOREAN


def test_plain_file_named_gz_is_told(tmp_path):
    with pytest.raises(DataError, match=r"is named \.gz but is not a gzip file\. Rename it, or pack it with gzip\."):
        open_text(written(tmp_path, KOREAN.encode(), "rows.csv.gz"))


@pytest.mark.parametrize("harm", ["cut", "flip"])
def test_broken_gzip_is_told(tmp_path, harm):
    packed = bytearray(gzip.compress(KOREAN.encode() * 1000))
    if harm == "cut":
        del packed[-20:]
    else:
        packed[-6] ^= 255  # a byte of the checksum
    with pytest.raises(DataError, match=r"is a broken or cut-off gzip file \(.*\)\. Get the file again\."):
        open_text(written(tmp_path, bytes(packed), "rows.csv.gz"))


def test_scan_holds_one_chunk_at_a_time(tmp_path):
    import tracemalloc

    path = written(tmp_path, b"a line of text\n" * (16 * files.CHUNK // 15))
    tracemalloc.start()
    encodings.scan(str(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * files.CHUNK
