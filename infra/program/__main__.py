import sys

sys.path.insert(0, str(__import__("pathlib").Path(__file__).resolve().parents[2]))
__import__("infra.build").build.main()
